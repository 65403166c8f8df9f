DROP TABLE import_doubt;
