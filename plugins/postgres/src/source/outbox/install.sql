-- The schema and its tables. `{schema}` is the quoted name.
CREATE SCHEMA IF NOT EXISTS {schema};

CREATE TABLE IF NOT EXISTS {schema}.installed (
    version integer NOT NULL,
    -- Part of the key of every event: numbers begin anew after an uninstall, and must not be taken for the old ones.
    token text NOT NULL
);

CREATE TABLE IF NOT EXISTS {schema}.watched (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    table_schema text NOT NULL,
    table_name text NOT NULL,
    -- When a node last named the table. What no node has named for a while is watched no more.
    named_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (table_schema, table_name)
);

-- One row for each change. The number comes from a sequence that hands out one at a time, after the changed row was locked: that is what keeps the changes of one row in order.
CREATE TABLE IF NOT EXISTS {schema}.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
    source integer NOT NULL,
    operation "char" NOT NULL,
    content json
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_insert_scale_factor = 0, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000000);

-- Rows live for a moment: compressing large ones would cost the user's commit more than it saves.
ALTER TABLE {schema}.outbox ALTER COLUMN content SET STORAGE EXTERNAL;

REVOKE ALL ON SCHEMA {schema} FROM PUBLIC;
