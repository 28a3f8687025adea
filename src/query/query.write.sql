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

CREATE OR REPLACE FUNCTION aksara.update_or_create(model text, conditions aksara.doc, defaults aksara.doc DEFAULT '{}',
	create_defaults aksara.doc DEFAULT NULL, OUT object json, OUT created boolean)
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_update_or_create';
COMMENT ON FUNCTION aksara.update_or_create(text, aksara.doc, aksara.doc, aksara.doc) IS 'sets the defaults in the row that meets the conditions, or makes it from them and the (create_)defaults';

CREATE OR REPLACE FUNCTION aksara.upsert(model text, doc aksara.doc, keys text[], update_fields text[] DEFAULT NULL,
	OUT object json, OUT created boolean)
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_upsert';
COMMENT ON FUNCTION aksara.upsert(text, aksara.doc, text[], text[]) IS 'inserts a row, or updates the one that has the same keys, in one statement';

CREATE OR REPLACE FUNCTION aksara.conflict_met(call bigint)
	RETURNS boolean LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_conflict_met';
COMMENT ON FUNCTION aksara.conflict_met(bigint) IS 'true; notes that the upsert of this number met a row (part of its statement)';

CREATE OR REPLACE FUNCTION aksara.bulk_create(model text, docs aksara.doc, ignore_conflicts boolean DEFAULT false,
	update_conflicts boolean DEFAULT false, update_fields text[] DEFAULT NULL, unique_fields text[] DEFAULT NULL)
	RETURNS SETOF json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_bulk_create';
COMMENT ON FUNCTION aksara.bulk_create(text, aksara.doc, boolean, boolean, text[], text[]) IS 'inserts a list of documents and returns their keys in order; rows that conflict are an error, left out or updated';

CREATE OR REPLACE FUNCTION aksara.bulk_update(model text, docs aksara.doc, fields text[] DEFAULT NULL)
	RETURNS bigint LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_bulk_update';
COMMENT ON FUNCTION aksara.bulk_update(text, aksara.doc, text[]) IS 'sets fields of many rows, each by its document''s key; returns how many';

CREATE OR REPLACE FUNCTION aksara.update(qs aksara.queryset, doc aksara.doc)
	RETURNS bigint LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_update';
COMMENT ON FUNCTION aksara.update(aksara.queryset, aksara.doc) IS 'sets fields of every row of a query set; returns how many';

CREATE OR REPLACE FUNCTION aksara.update(qs aksara.queryset, doc aksara.doc, expressions aksara.doc)
	RETURNS bigint LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_update_expressions';
COMMENT ON FUNCTION aksara.update(aksara.queryset, aksara.doc, aksara.doc) IS 'the same, and further fields set to what expressions compute from the row as it was';

CREATE OR REPLACE FUNCTION aksara.delete(qs aksara.queryset)
	RETURNS json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_delete';
COMMENT ON FUNCTION aksara.delete(aksara.queryset) IS 'deletes every row of a query set; returns the counts by model, cascades included';

CREATE OR REPLACE FUNCTION aksara.delete_by_key(model text, VARIADIC key text[])
	RETURNS json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_delete_by_key';
COMMENT ON FUNCTION aksara.delete_by_key(text, text[]) IS 'deletes the row with this key';

CREATE OR REPLACE FUNCTION aksara.delete_by_key(model text, VARIADIC key "any")
	RETURNS json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_delete_by_key';
COMMENT ON FUNCTION aksara.delete_by_key(text, "any") IS 'deletes the row with this key';

-- Rows behind a row.

CREATE OR REPLACE FUNCTION aksara.related_create(model text, key text, accessor text, doc aksara.doc, through_defaults aksara.doc DEFAULT '{}')
	RETURNS json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_related_create';
COMMENT ON FUNCTION aksara.related_create(text, text, text, aksara.doc, aksara.doc) IS 'makes a row and links it to a row, named by a key as text or an object that holds it; returns the new row';

CREATE OR REPLACE FUNCTION aksara.related_link(model text, key text, accessor text, targets aksara.doc, through_defaults aksara.doc DEFAULT '{}',
	replace boolean DEFAULT false, OUT added integer, OUT removed integer)
	RETURNS record LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_related_link';
COMMENT ON FUNCTION aksara.related_link(text, text, text, aksara.doc, aksara.doc, boolean) IS 'links a list of rows, giving new rows of a through model further values; replace: and no others';

CREATE OR REPLACE FUNCTION aksara.related_create(model text, key "any", accessor text, doc aksara.doc, through_defaults aksara.doc DEFAULT '{}')
	RETURNS json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_related_create';
COMMENT ON FUNCTION aksara.related_create(text, "any", text, aksara.doc, aksara.doc) IS 'makes a row and links it to a row, named by a typed key; returns the new row';

CREATE OR REPLACE FUNCTION aksara.related_link(model text, key "any", accessor text, targets aksara.doc, through_defaults aksara.doc DEFAULT '{}',
	replace boolean DEFAULT false, OUT added integer, OUT removed integer)
	RETURNS record LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_related_link';
COMMENT ON FUNCTION aksara.related_link(text, "any", text, aksara.doc, aksara.doc, boolean) IS 'links a list of rows, giving new rows of a through model further values; replace: and no others';
