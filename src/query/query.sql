-- Builders and reads.  Every call is open to PUBLIC: it does what the caller's own SQL could do.

-- ---- builders ----

CREATE OR REPLACE FUNCTION aksara.filter(path text, VARIADIC value "any")
	RETURNS aksara.query_op LANGUAGE C STABLE PARALLEL SAFE SUPPORT aksara.filter_support AS 'MODULE_PATHNAME', 'ak_query_filter_pairs';
COMMENT ON FUNCTION aksara.filter(text, "any") IS 'keeps rows that meet all conditions: path, value, path, value …';

CREATE OR REPLACE FUNCTION aksara.filter(path text, VARIADIC value text[])
	RETURNS aksara.query_op LANGUAGE C STABLE PARALLEL SAFE SUPPORT aksara.filter_support AS 'MODULE_PATHNAME', 'ak_query_filter_pairs';
COMMENT ON FUNCTION aksara.filter(text, text[]) IS 'keeps rows that meet all conditions: path, value, path, value …';

CREATE OR REPLACE FUNCTION aksara.filter(conditions aksara.doc)
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_filter_document';
COMMENT ON FUNCTION aksara.filter(aksara.doc) IS 'keeps rows that meet all conditions of one object';

CREATE OR REPLACE FUNCTION aksara.filter(qs aksara.queryset, path text, value "any")
	RETURNS aksara.queryset LANGUAGE C STABLE PARALLEL SAFE SUPPORT aksara.filter_support AS 'MODULE_PATHNAME', 'ak_query_set_filter_pair';
COMMENT ON FUNCTION aksara.filter(aksara.queryset, text, "any") IS 'keeps rows that meet all conditions';

CREATE OR REPLACE FUNCTION aksara.filter(qs aksara.queryset, path text, value text)
	RETURNS aksara.queryset LANGUAGE C STABLE PARALLEL SAFE SUPPORT aksara.filter_support AS 'MODULE_PATHNAME', 'ak_query_set_filter_text';
COMMENT ON FUNCTION aksara.filter(aksara.queryset, text, text) IS 'keeps rows that meet all conditions';

CREATE OR REPLACE FUNCTION aksara.filter(qs aksara.queryset, conditions aksara.doc)
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_set_filter_document';
COMMENT ON FUNCTION aksara.filter(aksara.queryset, aksara.doc) IS 'keeps rows that meet all conditions of one object';

CREATE OR REPLACE FUNCTION aksara.exclude(path text, VARIADIC value "any")
	RETURNS aksara.query_op LANGUAGE C STABLE PARALLEL SAFE SUPPORT aksara.filter_support AS 'MODULE_PATHNAME', 'ak_query_exclude_pairs';
COMMENT ON FUNCTION aksara.exclude(text, "any") IS 'leaves out rows that meet all conditions: path, value, path, value …';

CREATE OR REPLACE FUNCTION aksara.exclude(path text, VARIADIC value text[])
	RETURNS aksara.query_op LANGUAGE C STABLE PARALLEL SAFE SUPPORT aksara.filter_support AS 'MODULE_PATHNAME', 'ak_query_exclude_pairs';
COMMENT ON FUNCTION aksara.exclude(text, text[]) IS 'leaves out rows that meet all conditions: path, value, path, value …';

CREATE OR REPLACE FUNCTION aksara.exclude(conditions aksara.doc)
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_exclude_document';
COMMENT ON FUNCTION aksara.exclude(aksara.doc) IS 'leaves out rows that meet all conditions of one object';

CREATE OR REPLACE FUNCTION aksara.exclude(qs aksara.queryset, path text, value "any")
	RETURNS aksara.queryset LANGUAGE C STABLE PARALLEL SAFE SUPPORT aksara.filter_support AS 'MODULE_PATHNAME', 'ak_query_set_exclude_pair';
COMMENT ON FUNCTION aksara.exclude(aksara.queryset, text, "any") IS 'leaves out rows that meet all conditions';

CREATE OR REPLACE FUNCTION aksara.exclude(qs aksara.queryset, path text, value text)
	RETURNS aksara.queryset LANGUAGE C STABLE PARALLEL SAFE SUPPORT aksara.filter_support AS 'MODULE_PATHNAME', 'ak_query_set_exclude_text';
COMMENT ON FUNCTION aksara.exclude(aksara.queryset, text, text) IS 'leaves out rows that meet all conditions';

CREATE OR REPLACE FUNCTION aksara.exclude(qs aksara.queryset, conditions aksara.doc)
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_set_exclude_document';
COMMENT ON FUNCTION aksara.exclude(aksara.queryset, aksara.doc) IS 'leaves out rows that meet all conditions of one object';

CREATE OR REPLACE FUNCTION aksara.order_by(VARIADIC paths text[] DEFAULT '{}')
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_order_by';
COMMENT ON FUNCTION aksara.order_by(text[]) IS 'orders by paths, a leading - descending, ? at random; without paths in no order';

CREATE OR REPLACE FUNCTION aksara.order_by(qs aksara.queryset, VARIADIC paths text[] DEFAULT '{}')
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_set_order_by';
COMMENT ON FUNCTION aksara.order_by(aksara.queryset, text[]) IS 'orders by paths, a leading - descending, ? at random; without paths in no order';

CREATE OR REPLACE FUNCTION aksara.distinct(VARIADIC paths text[] DEFAULT '{}')
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_distinct';
COMMENT ON FUNCTION aksara.distinct(text[]) IS 'one row for each combination of the paths; without paths rows are never repeated anyway';

CREATE OR REPLACE FUNCTION aksara.distinct(qs aksara.queryset, VARIADIC paths text[] DEFAULT '{}')
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_set_distinct';
COMMENT ON FUNCTION aksara.distinct(aksara.queryset, text[]) IS 'one row for each combination of the paths; without paths rows are never repeated anyway';

CREATE OR REPLACE FUNCTION aksara.select_related(VARIADIC paths text[])
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_select_related';
COMMENT ON FUNCTION aksara.select_related(text[]) IS 'brings to-one relations along as objects';

CREATE OR REPLACE FUNCTION aksara.select_related(qs aksara.queryset, VARIADIC paths text[])
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_set_select_related';
COMMENT ON FUNCTION aksara.select_related(aksara.queryset, text[]) IS 'brings to-one relations along as objects';

CREATE OR REPLACE FUNCTION aksara.prefetch_related(VARIADIC paths text[])
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_prefetch_related';
COMMENT ON FUNCTION aksara.prefetch_related(text[]) IS 'brings relations along, to-many ones as lists';

CREATE OR REPLACE FUNCTION aksara.prefetch_related(qs aksara.queryset, VARIADIC paths text[])
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_set_prefetch_related';
COMMENT ON FUNCTION aksara.prefetch_related(aksara.queryset, text[]) IS 'brings relations along, to-many ones as lists';

CREATE OR REPLACE FUNCTION aksara.annotate(expressions aksara.doc)
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_annotate';
COMMENT ON FUNCTION aksara.annotate(aksara.doc) IS 'adds computed values to rows: an object of names and expressions';

CREATE OR REPLACE FUNCTION aksara.annotate(qs aksara.queryset, expressions aksara.doc)
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_set_annotate';
COMMENT ON FUNCTION aksara.annotate(aksara.queryset, aksara.doc) IS 'adds computed values to rows: an object of names and expressions';

CREATE OR REPLACE FUNCTION aksara.alias(expressions aksara.doc)
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_alias';
COMMENT ON FUNCTION aksara.alias(aksara.doc) IS 'gives computed values names that conditions and orders can use';

CREATE OR REPLACE FUNCTION aksara.alias(qs aksara.queryset, expressions aksara.doc)
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_set_alias';
COMMENT ON FUNCTION aksara.alias(aksara.queryset, aksara.doc) IS 'gives computed values names that conditions and orders can use';

CREATE OR REPLACE FUNCTION aksara.group_by(VARIADIC paths text[])
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_group_by';
COMMENT ON FUNCTION aksara.group_by(text[]) IS 'puts rows together that are alike in all paths';

CREATE OR REPLACE FUNCTION aksara.group_by(qs aksara.queryset, VARIADIC paths text[])
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_set_group_by';
COMMENT ON FUNCTION aksara.group_by(aksara.queryset, text[]) IS 'puts rows together that are alike in all paths';

CREATE OR REPLACE FUNCTION aksara.pick(VARIADIC paths text[])
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_pick';
COMMENT ON FUNCTION aksara.pick(text[]) IS 'gives the values of paths in place of the fields';

CREATE OR REPLACE FUNCTION aksara.pick(qs aksara.queryset, VARIADIC paths text[])
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_set_pick';
COMMENT ON FUNCTION aksara.pick(aksara.queryset, text[]) IS 'gives the values of paths in place of the fields';

CREATE OR REPLACE FUNCTION aksara.only(VARIADIC paths text[])
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_only';
COMMENT ON FUNCTION aksara.only(text[]) IS 'leaves all fields but these out of the JSON';

CREATE OR REPLACE FUNCTION aksara.only(qs aksara.queryset, VARIADIC paths text[])
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_set_only';
COMMENT ON FUNCTION aksara.only(aksara.queryset, text[]) IS 'leaves all fields but these out of the JSON';

CREATE OR REPLACE FUNCTION aksara.defer(VARIADIC paths text[])
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_defer';
COMMENT ON FUNCTION aksara.defer(text[]) IS 'leaves these fields out of the JSON';

CREATE OR REPLACE FUNCTION aksara.defer(qs aksara.queryset, VARIADIC paths text[])
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_set_defer';
COMMENT ON FUNCTION aksara.defer(aksara.queryset, text[]) IS 'leaves these fields out of the JSON';

CREATE OR REPLACE FUNCTION aksara.union(qs aksara.queryset, VARIADIC others aksara.queryset[])
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_union';
COMMENT ON FUNCTION aksara.union(aksara.queryset, aksara.queryset[]) IS 'rows of any of the query sets, each once';

CREATE OR REPLACE FUNCTION aksara.union_all(qs aksara.queryset, VARIADIC others aksara.queryset[])
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_union_all';
COMMENT ON FUNCTION aksara.union_all(aksara.queryset, aksara.queryset[]) IS 'rows of any of the query sets, as often as they have them';

CREATE OR REPLACE FUNCTION aksara.intersection(qs aksara.queryset, VARIADIC others aksara.queryset[])
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_intersection';
COMMENT ON FUNCTION aksara.intersection(aksara.queryset, aksara.queryset[]) IS 'rows of all of the query sets';

CREATE OR REPLACE FUNCTION aksara.difference(qs aksara.queryset, VARIADIC others aksara.queryset[])
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_difference';
COMMENT ON FUNCTION aksara.difference(aksara.queryset, aksara.queryset[]) IS 'rows of the first query set and of none of the others';

CREATE OR REPLACE FUNCTION aksara.for_update(options aksara.doc DEFAULT '{}')
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_for_update';
COMMENT ON FUNCTION aksara.for_update(aksara.doc) IS 'locks rows as lock() reads them: nowait, skip_locked, no_key, share';

CREATE OR REPLACE FUNCTION aksara.expression(expression aksara.doc)
	RETURNS aksara.expression LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_expression';
COMMENT ON FUNCTION aksara.expression(aksara.doc) IS 'what an expression gives, to compare with';

CREATE OR REPLACE FUNCTION aksara.f(path text)
	RETURNS aksara.expression LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_f';
COMMENT ON FUNCTION aksara.f(text) IS 'the value of a path, to compare with';

CREATE OR REPLACE FUNCTION aksara.reverse()
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_reverse';
COMMENT ON FUNCTION aksara.reverse() IS 'turns the order round';

CREATE OR REPLACE FUNCTION aksara.reverse(qs aksara.queryset)
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_set_reverse';
COMMENT ON FUNCTION aksara.reverse(aksara.queryset) IS 'turns the order round';

CREATE OR REPLACE FUNCTION aksara.slice(stop bigint)
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_slice_stop';
COMMENT ON FUNCTION aksara.slice(bigint) IS 'the first rows';

CREATE OR REPLACE FUNCTION aksara.slice(start bigint, stop bigint)
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_slice';
COMMENT ON FUNCTION aksara.slice(bigint, bigint) IS 'rows start to stop, counted from 0, stop left out';

CREATE OR REPLACE FUNCTION aksara.slice(qs aksara.queryset, start bigint, stop bigint)
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_set_slice';
COMMENT ON FUNCTION aksara.slice(aksara.queryset, bigint, bigint) IS 'rows start to stop, counted from 0, stop left out';

CREATE OR REPLACE FUNCTION aksara.objects(model text, VARIADIC ops aksara.query_op[] DEFAULT '{}')
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_objects';
COMMENT ON FUNCTION aksara.objects(text, aksara.query_op[]) IS 'the rows of a model, with ops applied';

CREATE OR REPLACE FUNCTION aksara.any_of(VARIADIC ops aksara.query_op[] DEFAULT '{}')
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_any_of';
COMMENT ON FUNCTION aksara.any_of(aksara.query_op[]) IS 'rows that meet at least one of the conditions, which filter() and exclude() made';

CREATE OR REPLACE FUNCTION aksara.all_of(VARIADIC ops aksara.query_op[] DEFAULT '{}')
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_all_of';
COMMENT ON FUNCTION aksara.all_of(aksara.query_op[]) IS 'rows that meet all of the conditions, which filter() and exclude() made';

CREATE OR REPLACE FUNCTION aksara.none_of(VARIADIC ops aksara.query_op[] DEFAULT '{}')
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_none_of';
COMMENT ON FUNCTION aksara.none_of(aksara.query_op[]) IS 'rows that meet none of the conditions, which filter() and exclude() made';

CREATE OR REPLACE FUNCTION aksara.xor(VARIADIC ops aksara.query_op[] DEFAULT '{}')
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_xor';
COMMENT ON FUNCTION aksara.xor(aksara.query_op[]) IS 'rows that meet an odd number of the conditions, which filter() and exclude() made';

CREATE OR REPLACE FUNCTION aksara.related(model text, key text, accessor text, VARIADIC ops aksara.query_op[] DEFAULT '{}')
	RETURNS aksara.queryset LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_related';
COMMENT ON FUNCTION aksara.related(text, text, text, aksara.query_op[]) IS 'the rows that a relation reaches from one row';

CREATE OR REPLACE FUNCTION aksara.related(model text, key "any", accessor text, VARIADIC ops aksara.query_op[] DEFAULT '{}')
	RETURNS aksara.queryset LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_related_any';
COMMENT ON FUNCTION aksara.related(text, "any", text, aksara.query_op[]) IS 'the rows that a relation reaches from one row';

-- ---- reads ----

CREATE OR REPLACE FUNCTION aksara.rows(anyelement, qs aksara.queryset)
	RETURNS SETOF anyelement LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 100 AS 'MODULE_PATHNAME', 'ak_query_sql_rows';
COMMENT ON FUNCTION aksara.rows(anyelement, aksara.queryset) IS 'the rows in their own type: rows(NULL::posts, qs)';

CREATE OR REPLACE FUNCTION aksara.fetch(qs aksara.queryset)
	RETURNS SETOF json LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 100 AS 'MODULE_PATHNAME', 'ak_query_sql_fetch';
COMMENT ON FUNCTION aksara.fetch(aksara.queryset) IS 'the rows as objects';

CREATE OR REPLACE FUNCTION aksara.fetch_all(qs aksara.queryset)
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_fetch_all';
COMMENT ON FUNCTION aksara.fetch_all(aksara.queryset) IS 'the rows as one list of objects';

CREATE OR REPLACE FUNCTION aksara.get(qs aksara.queryset)
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_get';
COMMENT ON FUNCTION aksara.get(aksara.queryset) IS 'the only row; P0002 when there is none, P0003 when there are several';

CREATE OR REPLACE FUNCTION aksara.get(model text, conditions aksara.doc)
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_get_where';
COMMENT ON FUNCTION aksara.get(text, aksara.doc) IS 'the only row that meets the conditions';

CREATE OR REPLACE FUNCTION aksara.get_or_none(qs aksara.queryset)
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_get_or_none';
COMMENT ON FUNCTION aksara.get_or_none(aksara.queryset) IS 'the only row, or null';

CREATE OR REPLACE FUNCTION aksara.get_or_none(model text, conditions aksara.doc)
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_get_or_none_where';
COMMENT ON FUNCTION aksara.get_or_none(text, aksara.doc) IS 'the only row that meets the conditions, or null';

CREATE OR REPLACE FUNCTION aksara.get_by_key(model text, VARIADIC key "any")
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_get_by_key';
COMMENT ON FUNCTION aksara.get_by_key(text, "any") IS 'the row with this key';

CREATE OR REPLACE FUNCTION aksara.get_by_key(model text, VARIADIC key text[])
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_get_by_key';
COMMENT ON FUNCTION aksara.get_by_key(text, text[]) IS 'the row with this key';

CREATE OR REPLACE FUNCTION aksara.first(qs aksara.queryset)
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_first';
COMMENT ON FUNCTION aksara.first(aksara.queryset) IS 'the first row, by key where there is no order, or null';

CREATE OR REPLACE FUNCTION aksara.last(qs aksara.queryset)
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_last';
COMMENT ON FUNCTION aksara.last(aksara.queryset) IS 'the last row, by key where there is no order, or null';

CREATE OR REPLACE FUNCTION aksara.count(qs aksara.queryset)
	RETURNS bigint LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_count';
COMMENT ON FUNCTION aksara.count(aksara.queryset) IS 'how many rows';

CREATE OR REPLACE FUNCTION aksara.count(model text, conditions aksara.doc)
	RETURNS bigint LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_count_where';
COMMENT ON FUNCTION aksara.count(text, aksara.doc) IS 'how many rows meet the conditions';

CREATE OR REPLACE FUNCTION aksara.exists(qs aksara.queryset)
	RETURNS boolean LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_exists';
COMMENT ON FUNCTION aksara.exists(aksara.queryset) IS 'is there a row?';

CREATE OR REPLACE FUNCTION aksara.exists(model text, conditions aksara.doc)
	RETURNS boolean LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_exists_where';
COMMENT ON FUNCTION aksara.exists(text, aksara.doc) IS 'does a row meet the conditions?';

CREATE OR REPLACE FUNCTION aksara.aggregate(qs aksara.queryset, aggregates aksara.doc)
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_aggregate';
COMMENT ON FUNCTION aksara.aggregate(aksara.queryset, aksara.doc) IS 'aggregates of all rows together: an object of names and expressions';

CREATE OR REPLACE FUNCTION aksara.earliest(qs aksara.queryset, VARIADIC paths text[])
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_earliest';
COMMENT ON FUNCTION aksara.earliest(aksara.queryset, text[]) IS 'the first row by these paths; P0002 when there is none';

CREATE OR REPLACE FUNCTION aksara.latest(qs aksara.queryset, VARIADIC paths text[])
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_latest';
COMMENT ON FUNCTION aksara.latest(aksara.queryset, text[]) IS 'the last row by these paths; P0002 when there is none';

CREATE OR REPLACE FUNCTION aksara.dates(qs aksara.queryset, path text, part text)
	RETURNS SETOF date LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 100 AS 'MODULE_PATHNAME', 'ak_query_sql_dates';
COMMENT ON FUNCTION aksara.dates(aksara.queryset, text, text) IS 'the different dates that there are, cut off behind a part: year, quarter, month, week, day';

CREATE OR REPLACE FUNCTION aksara.datetimes(qs aksara.queryset, path text, part text)
	RETURNS SETOF timestamptz LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 100 AS 'MODULE_PATHNAME', 'ak_query_sql_datetimes';
COMMENT ON FUNCTION aksara.datetimes(aksara.queryset, text, text) IS 'the different times that there are, cut off behind a part: year … second';

CREATE OR REPLACE FUNCTION aksara.lock(qs aksara.queryset)
	RETURNS SETOF json LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 100 AS 'MODULE_PATHNAME', 'ak_query_sql_lock';
COMMENT ON FUNCTION aksara.lock(aksara.queryset) IS 'the rows, locked until the end of the transaction: SELECT … FOR UPDATE';

CREATE OR REPLACE FUNCTION aksara.in_bulk(qs aksara.queryset, keys aksara.doc, field text DEFAULT NULL)
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_in_bulk';
COMMENT ON FUNCTION aksara.in_bulk(aksara.queryset, aksara.doc, text) IS 'rows by key: an object key → row';

CREATE OR REPLACE FUNCTION aksara.to_sql(qs aksara.queryset)
	RETURNS text LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_to_sql';
COMMENT ON FUNCTION aksara.to_sql(aksara.queryset) IS 'the SELECT that fetch runs, values as literals';

CREATE OR REPLACE FUNCTION aksara.explain(qs aksara.queryset)
	RETURNS SETOF text LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_sql_explain';
COMMENT ON FUNCTION aksara.explain(aksara.queryset) IS 'the plan of the SELECT that fetch runs';

-- ---- what a session keeps ----

CREATE OR REPLACE FUNCTION aksara.query_functions(OUT name text, OUT kind text, OUT takes text, OUT gives text)
	RETURNS SETOF record LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 120 AS 'MODULE_PATHNAME', 'ak_query_sql_functions';
COMMENT ON FUNCTION aksara.query_functions() IS 'rows of aksara.query_function';

CREATE OR REPLACE VIEW aksara.query_function AS
	SELECT name, kind, takes, gives FROM aksara.query_functions();
COMMENT ON VIEW aksara.query_function IS 'what query sets know by a name that begins with "$"; kind is value, function, condition or aggregate';
GRANT SELECT ON aksara.query_function TO PUBLIC;

CREATE OR REPLACE FUNCTION aksara.query_cache(OUT question text, OUT calls bigint)
	RETURNS SETOF record LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 100 AS 'MODULE_PATHNAME', 'ak_query_sql_cache';
COMMENT ON FUNCTION aksara.query_cache() IS 'the questions that this session keeps compiled for the current user, and how often each was asked again';

-- ---- views ----

CREATE OR REPLACE FUNCTION aksara.create_view(name text, qs aksara.queryset)
	RETURNS regclass LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_sql_create_view';
COMMENT ON FUNCTION aksara.create_view(text, aksara.queryset) IS 'a view of the rows, with the rights of who reads it, that follows the model';

CREATE OR REPLACE FUNCTION aksara.drop_view(name text)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_sql_drop_view';
COMMENT ON FUNCTION aksara.drop_view(text) IS 'drops a view that create_view() made';
