DECLARE
    written pg_catalog.json;
    nothing pg_catalog.int4;
BEGIN
    -- A row that cannot become JSON, such as one of a gigabyte, must not keep the user from writing it.
    BEGIN
        written := pg_catalog.row_to_json({row});
    EXCEPTION WHEN OTHERS THEN
        DECLARE
            listed pg_catalog.text;
        BEGIN
            SELECT pg_catalog.string_agg(pg_catalog.format('%L, ($1).%I', a.attname, a.attname), ', ')
              INTO listed
              FROM pg_catalog.pg_index i
              JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) i.indrelid AND a.attnum OPERATOR(pg_catalog.=) ANY (i.indkey)
             WHERE i.indrelid OPERATOR(pg_catalog.=) TG_RELID AND i.indisprimary;
            EXECUTE 'SELECT pg_catalog.json_build_object(' OPERATOR(pg_catalog.||) listed OPERATOR(pg_catalog.||) ')' INTO written USING {row};
        EXCEPTION WHEN OTHERS THEN
            written := NULL;
        END;
        INSERT INTO {schema}.outbox (source, operation, content) VALUES ({source}, '{key_only}', written);
        RETURN nothing;
    END;
    INSERT INTO {schema}.outbox (source, operation, content) VALUES ({source}, '{operation}', written);
    -- A variable, since an expression is made ready anew in each transaction, even this one.
    RETURN nothing;
END
