-- Receivers of what writes send.

CREATE OR REPLACE FUNCTION aksara.connect(signal text, handler text, sender text DEFAULT NULL, dispatch_uid text DEFAULT NULL,
		priority integer DEFAULT 0, async boolean DEFAULT false, condition text DEFAULT NULL, level text DEFAULT 'row',
		fields text[] DEFAULT NULL)
	RETURNS boolean LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_signal_connect';
COMMENT ON FUNCTION aksara.connect(text, text, text, text, integer, boolean, text, text, text[]) IS 'calls a function when a signal is sent; true when it is a new receiver';

CREATE OR REPLACE FUNCTION aksara.disconnect(signal text, handler text DEFAULT NULL, sender text DEFAULT NULL, dispatch_uid text DEFAULT NULL)
	RETURNS boolean LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_signal_disconnect';
COMMENT ON FUNCTION aksara.disconnect(text, text, text, text) IS 'no longer calls a function when a signal is sent; false when it was no receiver';

CREATE OR REPLACE FUNCTION aksara.create_signal(name text, arguments text[] DEFAULT '{}', description text DEFAULT NULL)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_signal_create_signal';
COMMENT ON FUNCTION aksara.create_signal(text, text[], text) IS 'makes a signal of one''s own, to be sent with these arguments; without any it takes all';

CREATE OR REPLACE FUNCTION aksara.drop_signal(name text, cascade boolean DEFAULT false)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_signal_drop_signal';
COMMENT ON FUNCTION aksara.drop_signal(text, boolean) IS 'drops a signal that create_signal() made; cascade => true drops its receivers too';

CREATE OR REPLACE FUNCTION aksara.send(signal text, payload aksara.doc DEFAULT '{}', sender text DEFAULT NULL,
		OUT receiver text, OUT result jsonb)
	RETURNS SETOF record LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_signal_send_signal';
COMMENT ON FUNCTION aksara.send(text, aksara.doc, text) IS 'calls the receivers of a signal, one after the other, and returns what each answered';

CREATE OR REPLACE FUNCTION aksara.send_robust(signal text, payload aksara.doc DEFAULT '{}', sender text DEFAULT NULL,
		OUT receiver text, OUT result jsonb, OUT error jsonb)
	RETURNS SETOF record LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_signal_send_robust';
COMMENT ON FUNCTION aksara.send_robust(text, aksara.doc, text) IS 'calls all receivers of a signal, also after one has failed, and returns answers and errors';

CREATE OR REPLACE FUNCTION aksara.publish(model text, channel text DEFAULT NULL, data text[] DEFAULT NULL, condition text DEFAULT NULL)
	RETURNS text LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_signal_publish';
COMMENT ON FUNCTION aksara.publish(text, text, text[], text) IS 'tells of each row written by NOTIFY: action, model, key and changed fields, and the values of the fields asked for';

CREATE OR REPLACE FUNCTION aksara.unpublish(model text, channel text DEFAULT NULL)
	RETURNS boolean LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_signal_unpublish';
COMMENT ON FUNCTION aksara.unpublish(text, text) IS 'no longer tells of rows by NOTIFY; false when it did not';

CREATE OR REPLACE FUNCTION aksara.disable_signals(VARIADIC models text[])
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_signal_disable_signals';
COMMENT ON FUNCTION aksara.disable_signals(text[]) IS 'sends no signals of these models for the rest of the transaction; their owner may';

CREATE OR REPLACE FUNCTION aksara.enable_signals(VARIADIC models text[])
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_signal_enable_signals';
COMMENT ON FUNCTION aksara.enable_signals(text[]) IS 'sends the signals of these models again';

CREATE OR REPLACE FUNCTION aksara.signals_enabled(model_table regclass)
	RETURNS boolean LANGUAGE C STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_signal_signals_enabled';
COMMENT ON FUNCTION aksara.signals_enabled(regclass) IS 'are the signals of the model with this table sent in this transaction?';

CREATE OR REPLACE FUNCTION aksara.signal_before() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_signal_before_row';
COMMENT ON FUNCTION aksara.signal_before() IS 'trigger of tables whose models have receivers: sends pre_save and pre_delete';

CREATE OR REPLACE FUNCTION aksara.signal_after() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_signal_after_row';
COMMENT ON FUNCTION aksara.signal_after() IS 'trigger of tables whose models have receivers: sends post_save and post_delete';

CREATE OR REPLACE FUNCTION aksara.signal_statement() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_signal_statement';
COMMENT ON FUNCTION aksara.signal_statement() IS 'trigger of tables whose models have receivers of statements: sends post_bulk, and post_save and post_delete of statements';

CREATE OR REPLACE FUNCTION aksara.signal_link() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_signal_link_row';
COMMENT ON FUNCTION aksara.signal_link() IS 'trigger of junctions whose changes are received: sends m2m_changed before each row';

CREATE OR REPLACE FUNCTION aksara.signal_links() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_signal_link_statement';
COMMENT ON FUNCTION aksara.signal_links() IS 'trigger of junctions whose changes are received: sends m2m_changed after each statement';

CREATE OR REPLACE FUNCTION aksara.run_signal(args jsonb)
	RETURNS jsonb LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_signal_run_signal';
COMMENT ON FUNCTION aksara.run_signal(jsonb) IS 'body of the tasks that call asynchronous handlers: calls the handler that the arguments name, as the current role';

CREATE OR REPLACE VIEW aksara.receiver AS
	SELECT r.definition ->> 'signal' AS signal, r.sender, r.definition ->> 'handler' AS handler,
		NULLIF(r.definition ->> 'uid', r.definition ->> 'handler') AS dispatch_uid,
		CASE WHEN r.definition ->> 'priority' OPERATOR(pg_catalog.~) '^-?[0-9]{1,18}$'
			THEN (r.definition ->> 'priority')::pg_catalog.int8 ELSE 0 END AS priority,
		CASE WHEN r.definition ->> 'position' OPERATOR(pg_catalog.~) '^-?[0-9]{1,18}$'
			THEN (r.definition ->> 'position')::pg_catalog.int8 END AS position,
		COALESCE(r.definition ->> 'async' OPERATOR(pg_catalog.=) 'true', false) AS async,
		r.definition ->> 'condition' AS condition,
		COALESCE(r.definition ->> 'level', 'row') AS level,
		r.definition -> 'fields' AS fields,
		r.role
	FROM (
		SELECT pg_catalog.concat(m.app, '.', m.name) AS sender, d.definition, NULL::pg_catalog.name AS role
		FROM aksara.model m, LATERAL pg_catalog.json_array_elements(m.meta -> 'receivers') AS d (definition)
		WHERE pg_catalog.json_typeof(m.meta -> 'receivers') OPERATOR(pg_catalog.=) 'array'
		UNION ALL
		SELECT NULLIF(f.sender, ''), f.definition, f.role FROM aksara.free_receiver f) AS r;
COMMENT ON VIEW aksara.receiver IS 'who receives which signal; sender is null where it is every model, role who connected a receiver that belongs to no model';
GRANT SELECT ON aksara.receiver TO PUBLIC;
