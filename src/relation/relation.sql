-- Relations: what happens on delete, and links.

CREATE OR REPLACE FUNCTION aksara.on_delete()
	RETURNS trigger LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_on_delete';
COMMENT ON FUNCTION aksara.on_delete() IS 'row trigger on targets: PROTECT, RESTRICT and SET(expr)';

CREATE OR REPLACE FUNCTION aksara.connect_relation(model text, field text)
	RETURNS boolean LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_connect_relation';
COMMENT ON FUNCTION aksara.connect_relation(text, text) IS 'builds a relation that stayed pending when its target was defined by another role; false while the target is not there';

CREATE OR REPLACE FUNCTION aksara.related_add(model text, key text, accessor text, VARIADIC targets text[] DEFAULT '{}')
	RETURNS integer LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_add';
COMMENT ON FUNCTION aksara.related_add(text, text, text, text[]) IS 'links rows, by keys as text or objects that hold them; returns how many were not linked before';

CREATE OR REPLACE FUNCTION aksara.related_add(model text, key "any", accessor text, VARIADIC targets "any")
	RETURNS integer LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_add';
COMMENT ON FUNCTION aksara.related_add(text, "any", text, "any") IS 'links rows, by typed keys; returns how many were not linked before';

CREATE OR REPLACE FUNCTION aksara.related_add(model text, key text, accessor text, VARIADIC targets "any")
	RETURNS integer LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_add';
COMMENT ON FUNCTION aksara.related_add(text, text, text, "any") IS 'links rows, by a key as text and typed targets; returns how many were not linked before';

CREATE OR REPLACE FUNCTION aksara.related_add(model text, key "any", accessor text, VARIADIC targets text[])
	RETURNS integer LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_add';
COMMENT ON FUNCTION aksara.related_add(text, "any", text, text[]) IS 'links rows, by a typed key and targets as text; returns how many were not linked before';

CREATE OR REPLACE FUNCTION aksara.related_remove(model text, key text, accessor text, VARIADIC targets text[] DEFAULT '{}')
	RETURNS integer LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_remove';
COMMENT ON FUNCTION aksara.related_remove(text, text, text, text[]) IS 'unlinks rows, by keys as text or objects that hold them; returns how many were linked';

CREATE OR REPLACE FUNCTION aksara.related_remove(model text, key "any", accessor text, VARIADIC targets "any")
	RETURNS integer LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_remove';
COMMENT ON FUNCTION aksara.related_remove(text, "any", text, "any") IS 'unlinks rows, by typed keys; returns how many were linked';

CREATE OR REPLACE FUNCTION aksara.related_remove(model text, key text, accessor text, VARIADIC targets "any")
	RETURNS integer LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_remove';
COMMENT ON FUNCTION aksara.related_remove(text, text, text, "any") IS 'unlinks rows, by a key as text and typed targets; returns how many were linked';

CREATE OR REPLACE FUNCTION aksara.related_remove(model text, key "any", accessor text, VARIADIC targets text[])
	RETURNS integer LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_remove';
COMMENT ON FUNCTION aksara.related_remove(text, "any", text, text[]) IS 'unlinks rows, by a typed key and targets as text; returns how many were linked';

CREATE OR REPLACE FUNCTION aksara.related_set(model text, key text, accessor text, VARIADIC targets text[] DEFAULT '{}',
	OUT added integer, OUT removed integer)
	RETURNS record LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_set';
COMMENT ON FUNCTION aksara.related_set(text, text, text, text[]) IS 'links exactly these rows, by keys as text or objects that hold them';

CREATE OR REPLACE FUNCTION aksara.related_set(model text, key "any", accessor text, VARIADIC targets "any",
	OUT added integer, OUT removed integer)
	RETURNS record LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_set';
COMMENT ON FUNCTION aksara.related_set(text, "any", text, "any") IS 'links exactly these rows, by typed keys';

CREATE OR REPLACE FUNCTION aksara.related_set(model text, key text, accessor text, VARIADIC targets "any",
	OUT added integer, OUT removed integer)
	RETURNS record LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_set';
COMMENT ON FUNCTION aksara.related_set(text, text, text, "any") IS 'links exactly these rows, by a key as text and typed targets';

CREATE OR REPLACE FUNCTION aksara.related_set(model text, key "any", accessor text, VARIADIC targets text[],
	OUT added integer, OUT removed integer)
	RETURNS record LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_set';
COMMENT ON FUNCTION aksara.related_set(text, "any", text, text[]) IS 'links exactly these rows, by a typed key and targets as text';

CREATE OR REPLACE FUNCTION aksara.related_set(model text, key "any", accessor text,
	OUT added integer, OUT removed integer)
	RETURNS record LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_set';
COMMENT ON FUNCTION aksara.related_set(text, "any", text) IS 'links no row, as related_clear does';

CREATE OR REPLACE FUNCTION aksara.related_clear(model text, key text, accessor text)
	RETURNS integer LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_clear';
COMMENT ON FUNCTION aksara.related_clear(text, text, text) IS 'unlinks all rows, by a key as text or an object that holds it; returns how many there were';

CREATE OR REPLACE FUNCTION aksara.related_clear(model text, key "any", accessor text)
	RETURNS integer LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_clear';
COMMENT ON FUNCTION aksara.related_clear(text, "any", text) IS 'unlinks all rows, by a typed key; returns how many there were';

CREATE OR REPLACE FUNCTION aksara.related_contains(model text, key text, accessor text, target text)
	RETURNS boolean LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_relation_related_contains';
COMMENT ON FUNCTION aksara.related_contains(text, text, text, text) IS 'whether a row is linked, by keys as text or objects that hold them';

CREATE OR REPLACE FUNCTION aksara.related_contains(model text, key "any", accessor text, target "any")
	RETURNS boolean LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_relation_related_contains';
COMMENT ON FUNCTION aksara.related_contains(text, "any", text, "any") IS 'whether a row is linked, by typed keys';

CREATE OR REPLACE FUNCTION aksara.related_contains(model text, key text, accessor text, target "any")
	RETURNS boolean LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_relation_related_contains';
COMMENT ON FUNCTION aksara.related_contains(text, text, text, "any") IS 'whether a row is linked, by a key as text and a typed target';

CREATE OR REPLACE FUNCTION aksara.related_contains(model text, key "any", accessor text, target text)
	RETURNS boolean LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_relation_related_contains';
COMMENT ON FUNCTION aksara.related_contains(text, "any", text, text) IS 'whether a row is linked, by a typed key and a target as text';
