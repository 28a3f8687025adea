-- The schema is made plainly: if somebody prepared one, the installation stops.
CREATE SCHEMA aksara;
GRANT USAGE ON SCHEMA aksara TO PUBLIC;
COMMENT ON SCHEMA aksara IS 'the model layer: models, relations, query sets';

CREATE TYPE aksara.doc;

CREATE FUNCTION aksara.doc_in(cstring) RETURNS aksara.doc
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_core_doc_in';
COMMENT ON FUNCTION aksara.doc_in(cstring) IS 'input of type doc';
CREATE FUNCTION aksara.doc_out(aksara.doc) RETURNS cstring
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_core_doc_out';
COMMENT ON FUNCTION aksara.doc_out(aksara.doc) IS 'output of type doc';

CREATE TYPE aksara.doc (
	INPUT = aksara.doc_in,
	OUTPUT = aksara.doc_out,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE aksara.doc IS 'a JSON document as it was written; json, jsonb, text and varchar become one implicitly';

CREATE CAST (json AS aksara.doc) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (jsonb AS aksara.doc) WITH INOUT AS IMPLICIT;
CREATE CAST (text AS aksara.doc) WITH INOUT AS IMPLICIT;
CREATE CAST (varchar AS aksara.doc) WITH INOUT AS IMPLICIT;
CREATE CAST (aksara.doc AS json) WITHOUT FUNCTION AS ASSIGNMENT;

COMMENT ON CAST (json AS aksara.doc) IS 'json is a document';
COMMENT ON CAST (jsonb AS aksara.doc) IS 'jsonb is a document, in its own order of keys';
COMMENT ON CAST (text AS aksara.doc) IS 'JSON text is a document';
COMMENT ON CAST (varchar AS aksara.doc) IS 'JSON text is a document';
COMMENT ON CAST (aksara.doc AS json) IS 'a document is json';
