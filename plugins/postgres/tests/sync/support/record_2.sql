DECLARE
    kind pg_catalog."char";
    written pg_catalog.json;
    listed pg_catalog.text;
BEGIN
    -- A row that cannot become JSON, such as one of a gigabyte, must not keep the user from writing it.
    BEGIN
        -- One expression, since each is made ready anew in each transaction. Of the two rows an operation has one; of an update the new one counts; a truncation has none.
        written := pg_catalog.row_to_json(COALESCE(NEW, OLD));
    EXCEPTION WHEN OTHERS THEN
        kind := TG_OP::pg_catalog."char";
        BEGIN
            SELECT pg_catalog.string_agg(pg_catalog.format('%L, ($1).%I', a.attname, a.attname), ', ')
              INTO listed
              FROM pg_catalog.pg_index i
              JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) i.indrelid AND a.attnum OPERATOR(pg_catalog.=) ANY (i.indkey)
             WHERE i.indrelid OPERATOR(pg_catalog.=) TG_RELID AND i.indisprimary;
            EXECUTE 'SELECT pg_catalog.json_build_object(' OPERATOR(pg_catalog.||) listed OPERATOR(pg_catalog.||) ')' INTO written USING COALESCE(NEW, OLD);
        EXCEPTION WHEN OTHERS THEN
            written := NULL;
        END;
    END;
    INSERT INTO {schema}.outbox (source, operation, content)
    VALUES (TG_ARGV[0]::pg_catalog.int4, COALESCE(kind, pg_catalog.lower(TG_OP COLLATE pg_catalog."C")::pg_catalog."char"), written);
    RETURN NULL;
END
