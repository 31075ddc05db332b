DECLARE
    kind "char";
    written json;
    listed text;
BEGIN
    -- A row that cannot become JSON, such as one of a gigabyte, must not keep the user from writing it.
    BEGIN
        IF TG_OP = 'INSERT' THEN
            kind := 'i';
            written := pg_catalog.row_to_json(NEW);
        ELSIF TG_OP = 'UPDATE' THEN
            kind := 'u';
            written := pg_catalog.row_to_json(NEW);
        ELSIF TG_OP = 'DELETE' THEN
            kind := 'd';
            written := pg_catalog.row_to_json(OLD);
        ELSE
            kind := 't';
        END IF;
    EXCEPTION WHEN OTHERS THEN
        kind := pg_catalog.upper(kind::text)::"char";
        BEGIN
            SELECT pg_catalog.string_agg(pg_catalog.format('%L, ($1).%I', a.attname, a.attname), ', ')
              INTO listed
              FROM pg_catalog.pg_index i
              JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
             WHERE i.indrelid = TG_RELID AND i.indisprimary;
            IF kind = 'D' THEN
                EXECUTE 'SELECT pg_catalog.json_build_object(' || listed || ')' INTO written USING OLD;
            ELSE
                EXECUTE 'SELECT pg_catalog.json_build_object(' || listed || ')' INTO written USING NEW;
            END IF;
        EXCEPTION WHEN OTHERS THEN
            written := NULL;
        END;
    END;
    INSERT INTO {schema}.outbox (source, operation, content) VALUES (TG_ARGV[0]::integer, kind, written);
    RETURN NULL;
END
