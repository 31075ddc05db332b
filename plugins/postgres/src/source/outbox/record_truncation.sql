BEGIN
    INSERT INTO {schema}.outbox (source, operation) VALUES ({source}, 't');
    RETURN NULL;
END
