-- Writes.

CREATE OR REPLACE FUNCTION aksara.create(model text, doc aksara.doc)
	RETURNS json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_create';
COMMENT ON FUNCTION aksara.create(text, aksara.doc) IS 'inserts a row and returns it';

CREATE OR REPLACE FUNCTION aksara.save(model text, doc aksara.doc)
	RETURNS json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_save';
COMMENT ON FUNCTION aksara.save(text, aksara.doc) IS 'with its key updates the given fields of a row, without inserts it; returns the row';

CREATE OR REPLACE FUNCTION aksara.get_or_create(model text, conditions aksara.doc, defaults aksara.doc DEFAULT '{}',
	OUT object json, OUT created boolean)
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_get_or_create';
COMMENT ON FUNCTION aksara.get_or_create(text, aksara.doc, aksara.doc) IS 'the row that meets the conditions, made from them and the defaults where there is none';

CREATE OR REPLACE FUNCTION aksara.bulk_create(model text, docs aksara.doc, ignore_conflicts boolean DEFAULT false)
	RETURNS SETOF json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_bulk_create';
COMMENT ON FUNCTION aksara.bulk_create(text, aksara.doc, boolean) IS 'inserts a list of documents and returns their keys in order';

CREATE OR REPLACE FUNCTION aksara.update(qs aksara.queryset, doc aksara.doc)
	RETURNS bigint LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_update';
COMMENT ON FUNCTION aksara.update(aksara.queryset, aksara.doc) IS 'sets fields of every row of a query set; returns how many';

CREATE OR REPLACE FUNCTION aksara.delete(qs aksara.queryset)
	RETURNS json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_delete';
COMMENT ON FUNCTION aksara.delete(aksara.queryset) IS 'deletes every row of a query set; returns the counts by model, cascades included';

CREATE OR REPLACE FUNCTION aksara.delete_by_key(model text, VARIADIC key text[])
	RETURNS json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_delete_by_key';
COMMENT ON FUNCTION aksara.delete_by_key(text, text[]) IS 'deletes the row with this key';

CREATE OR REPLACE FUNCTION aksara.delete_by_key(model text, VARIADIC key "any")
	RETURNS json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_delete_by_key';
COMMENT ON FUNCTION aksara.delete_by_key(text, "any") IS 'deletes the row with this key';
