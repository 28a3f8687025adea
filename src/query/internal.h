/*
 * internal.h
 *		Parts of room query, for its own files.
 *
 * The way of one call: SQL function → document (AkJson) → AkQuery (names
 * resolved against descriptors, tables and aliases laid out) → AkStatement
 * (SQL with bound values) → ak_core_run.  Nothing goes back up.
 *
 *	builder.c	the builders that SQL calls		untyped.c	literals and drivers' parameters
 *	types.c		queryset and query_op			document.c	ops merged into a document
 *	parse.c		document → AkQuery				path.c		"author__email__gt" → AkPath
 *	source.c	tables, joins and aliases		condition.c	conditions → SQL
 *	logic.c		$or, $not, some, every			combine.c	any_of, all_of, none_of, xor
 *	expression.c	$f, $add, $case …			function.c	the functions of expressions
 *	bind.c		values of tests, as parameters
 *	lookup.c	the table of lookups			lookup_special.c	those of arrays, ranges, JSON, text
 *	transform.c	year, len, startswith …			jsonpath.c	lookups below a JSON field
 *	custom.c	lookups that are functions of SQL	custom_register.c	create_lookup and its like
 *	extension.c	names of pg_trgm and unaccent
 *	order.c		order terms						select.c	FROM … WHERE … ORDER … LIMIT
 *	expression_write.c	expressions laid out, written	forms.c		those that are no calls
 *	aggregate.c	over related rows, or groups	group.c		rows put together
 *	aggregate_write.c	the same as SQL			gather.c	those that share a table
 *	search.c	full text
 *	function_list.c	the names of the language
 *	annotation.c	computed values that have names		options.c	keys that an object may have
 *	subquery.c	query sets inside others		tree.c		rows above and below others
 *	window.c	values over the rows around		combined.c	union, intersection, difference
 *	lock.c		rows that are locked			shown.c		only, defer
 *	update.c	fields set to expressions		exits_by.c	earliest, latest, dates
 *	limits.c	how large one may be			raw.c		SQL text of who may write it
 *	branch.c	select_ and prefetch_related	encode.h	rows as JSON: encode.c, object.c, level.c, stitch.c
 *	fetch.c		running, one row at a time		exits.c		reads that SQL calls
 *	number.c	counts							rows.c		typed rows
 *	related.c	query sets behind a row			call.c		a read found compiled, values bound
 *	shape.c		documents without their values	cache.c		what is kept of a shape
 *
 * The writes share row.h and batch.h.
 */
#ifndef AK_QUERY_INTERNAL_H
#define AK_QUERY_INTERNAL_H

#include "query/query.h"

/* ---- what a query set says ---- */

typedef struct AkLookup AkLookup;
typedef struct AkTransform AkTransform;
typedef struct AkFunction AkFunction;
typedef struct AkExpr AkExpr;
typedef struct AkSource AkSource;
typedef struct AkAnnotation AkAnnotation;
typedef struct AkGrouping AkGrouping;
typedef struct AkCombined AkCombined;
typedef struct AkLock AkLock;
typedef struct AkWindows AkWindows;

/* A transform as a path has it; one without a name is a place in an array, or a part of it. */
typedef struct AkApplied
{
	const AkTransform *transform;
	int			from;			/* the first element, counted from 0 */
	int			to;				/* behind the last one; -1: that element alone */
	Oid			type;			/* of its value */
} AkApplied;

/* A path with its names resolved.  Steps that the local column answers are trimmed off. */
typedef struct AkPath
{
	const char *text;			/* as written */
	AkModel    *model;			/* where it starts */
	const struct AkQuery *query;	/* whose annotations could have stood first; NULL: none */
	int			nsteps;			/* to take, trimmed ones not counted */
	int			depth;			/* as written */
	AkStep	   *steps;
	AkField    *field;			/* of the model behind step nsteps; NULL: several or none */
	List	   *fields;			/* of AkField *: what a whole row, or "pk" of several fields, is told by */
	bool		whole;			/* names the relation, not a field behind it */
	List	   *keys;			/* of char *: the way into a JSON field */
	List	   *transforms;		/* of AkApplied *: behind the field, in their order */
	Oid			type;			/* of the value that is compared: the field's, or the last transform's */
	const AkLookup *lookup;		/* NULL: none was written */
	AkAnnotation *annotation;	/* whose value the field is; NULL: a column */
} AkPath;

/*
 * One table in a FROM clause.  Its parent is the table it was reached from:
 * a to-one step is a LEFT JOIN of the same FROM, a to-many step opens an
 * EXISTS of its own.
 */
struct AkSource
{
	AkModel    *model;
	int			alias;			/* t<alias> */
	int			junction;		/* t<junction> is the junction's row; -1: none */
	bool		used;			/* the table itself is read, not its junction alone */
	bool		once;			/* a row that the junction names twice is one row */
	bool		there;			/* there is a row of it for each of its parent's: a plain join */
	AkSource   *parent;			/* NULL: the query's own table */
	AkStep		step;			/* from parent */
	List	   *joins;			/* of AkSource *: to-one steps from here */
};

typedef enum AkConditionKind
{
	AK_CONDITION_ALL,			/* members, ANDed */
	AK_CONDITION_ANY,			/* members, ORed */
	AK_CONDITION_ODD,			/* an odd number of its members is true */
	AK_CONDITION_NOT,			/* exact complement of its members, ANDed */
	AK_CONDITION_EXISTS,		/* a related row that meets the members, ANDed */
	AK_CONDITION_TEST,			/* a lookup */
	AK_CONDITION_EXPRESSION,	/* that is boolean */
	AK_CONDITION_MEMBER,		/* the column is among what a subquery gives */
	AK_CONDITION_NOTHING		/* no row */
} AkConditionKind;

typedef struct AkCondition
{
	AkConditionKind kind;
	List	   *members;		/* of AkCondition * */
	AkSource   *source;			/* TEST: whose column; EXISTS: the related table */
	bool		apart;			/* EXISTS: of its own, no other condition joins it */
	AkPath	   *path;			/* TEST */
	const AkLookup *lookup;		/* TEST */
	const AkJson *value;		/* TEST: as written; a hole where it is an expression */
	AkExpr	   *expression;		/* TEST: what stands in the value's place; EXPRESSION; MEMBER */
} AkCondition;

/* One order term, before relations are followed to their model's ordering. */
typedef struct AkOrder
{
	AkPath	   *path;			/* NULL: random */
	bool		descending;
	const char *nulls;			/* "first", "last"; NULL: as the server has it */
	AkSource   *source;			/* set when laid out */
} AkOrder;

/* Which fields of a row come out, beside its key; both empty: all. */
typedef struct AkShown
{
	List	   *only;			/* of AkField * */
	List	   *deferred;		/* of AkField * */
} AkShown;

/* A related row or list of rows that comes along: select_related, prefetch_related. */
typedef struct AkBranch
{
	AkStep		step;
	List	   *branches;		/* of AkBranch * */
	AkShown		shown;
	const char *name;			/* its key */
	const AkJson *document;		/* what is asked of the rows of a list; NULL: nothing */
	struct AkQuery *query;		/* the same, read when laid out; NULL: nothing */
	AkSource   *source;			/* set when laid out */
	List	   *order;			/* of a list; set when laid out */
} AkBranch;

/* A parsed query set.  It is compiled once. */
typedef struct AkQuery
{
	AkRegistry *registry;
	AkModel    *model;
	AkSource   *source;			/* the model's table, t0 */
	int			naliases;		/* used so far; an inner query counts on its outer's */
	int			depth;			/* levels that are being read, of the outermost one: limits.c */
	struct AkQuery *outer;		/* that it stands in; NULL: none */
	bool		beside;			/* or rather beside: $outer knows nothing of its rows */
	AkCondition *where;			/* ALL */
	bool		ordered;		/* order_by was said, perhaps with no names */
	List	   *order;			/* of AkOrder * */
	bool		reversed;
	List	   *distinct_on;	/* of AkOrder * */
	int64		limit;			/* -1: none */
	int64		offset;
	const AkJson *offset_value; /* as written; NULL: was not */
	List	   *branches;		/* of AkBranch * */
	List	   *annotations;	/* of AkAnnotation *: as said */
	AkGrouping *grouping;		/* how rows are put together; NULL: they are not */
	List	   *group_laterals; /* the same of those that are made of groups, */
	List	   *window_laterals;	/* and of windows */
	List	   *picked;			/* of AkPick *: what comes out in place of fields */
	bool		unlike;			/* no two that are alike: DISTINCT over what is picked */
	List	   *laterals;		/* of AkAnnotation *: those that are read, laid out, in an order in which they can be made */
	List	   *gatherings;		/* of AkGathering *: tables of aggregates, before these */
	bool		whole;			/* all its rows are read at once */
	bool		asking;			/* its conditions are being laid out */
	AkCombined *combined;		/* sets that it is put together with; NULL: none */
	AkWindows  *windows;		/* values over the rows around; NULL: none */
	AkLock	   *lock;			/* how its rows are locked; NULL: they are not */
	AkShown		shown;
	bool		reads_outer;	/* names the row of the query set around it */
	bool		fresh;			/* read under a new snapshot, not the caller's: writers look so */
} AkQuery;

/* One of the values that come out in place of a row's fields. */
typedef struct AkPick
{
	const char *name;			/* its key */
	AkPath	   *path;
	AkSource   *source;			/* set when laid out */
} AkPick;

/* Where the names of a document are looked up. */
typedef struct AkScope
{
	AkQuery    *query;
	AkModel    *model;
	bool		own;			/* the query's own rows, whose annotations have names too */
	bool		windows;		/* values over the rows around may stand here */
} AkScope;

/* Where a condition is laid out: among the members of `all`, over rows of `source`, which is so many steps into a path. */
typedef struct AkSpot
{
	AkCondition *all;
	AkSource   *source;
	int			steps;
	const AkPath *along;		/* whose steps these are; NULL: of every path that is laid out here */
	bool		own;			/* paths begin at the query's own rows */
	bool		grouped;		/* or rather are names of their groups */
	bool		gathers;		/* what is read may stand in a table beside the query's own: gather.c */
} AkSpot;

/* ---- document.c: a query set as it is written ---- */

/* The op of one pair whose value needs no care, as text; NULL for other types. */
extern text *ak_query_compose_pair(const char *word, const char *path, Oid type, Datum value);
/* The query set of a model with plain ops applied, as text; NULL where they have to be merged (compose.c). */
extern text *ak_query_compose(const char *model, const Datum *ops, const bool *nulls, int count);
/* The grammar's top level. */
extern const char *const ak_query_words[];
/* Applies one query_op's document to a query set's document, in place. */
extern void ak_query_apply(AkJson *document, const AkJson *op);
/* 22023 with the nearest word of the grammar. */
extern void ak_query_unknown_word(const char *word) pg_attribute_noreturn();
/* A bound of a slice; 22023 when it is negative or no whole number. */
extern int64 ak_query_bound(const AkJson *document, const char *word, int64 otherwise);
/* 22023 naming the argument where the value is no object. */
extern AkJson *ak_query_arg_document(FunctionCallInfo fcinfo, int n, const char *name);

/* ---- builder.c ---- */

/* {"key": value} */
extern AkJson *ak_query_object_of(const char *key, AkJson *value);
/* Applies the ops of a query_op[] argument. */
extern void ak_query_apply_argument(AkJson *document, FunctionCallInfo fcinfo, int n);
/* The members of the text[] argument "paths" as a list of strings. */
extern AkJson *ak_query_arg_names(FunctionCallInfo fcinfo, int n);
/* A value of filter or exclude as the document has it; and put under its path: 22023 where that stands twice. */
extern AkJson *ak_query_value_of(const char *path, const AkArgument *argument);
extern void ak_query_put_condition(AkJson *conditions, const char *path, AkJson *value);
/* 22004: a NULL is written in the statement. */
extern void ak_query_refuse_written_null(void) pg_attribute_noreturn();

/* ---- untyped.c: text that the field's type reads ---- */

/* As a value of a document; and for a path whose lookup may take a list. */
extern AkJson *ak_query_untyped(const char *source);
extern AkJson *ak_query_untyped_for(const char *path, const char *source);
/* The JSON that untyped text is as well; NULL where the value is no such text. */
extern AkJson *ak_query_untyped_json(const AkJson *value);

/* ---- options.c ---- */

/* 22023 for a key that is none of the options, a List of char *; an expression has a key that begins with "$" too. */
extern void ak_query_check_options(const AkJson *object, const char *what, List *options, bool expression);

/* ---- parse.c ---- */

extern AkQuery *ak_query_parse(const AkJson *document);
/* The same for one that stands in another. */
extern AkQuery *ak_query_parse_inside(const AkJson *document, AkQuery *outer);
/* The same beside another, whose rows it knows nothing of; over rows that are laid out already (NULL: the model's). */
extern AkQuery *ak_query_parse_beside(const AkJson *document, AkQuery *other, AkSource *source);
/* A queryset argument, parsed; 22004 when NULL. */
extern AkQuery *ak_query_argument(FunctionCallInfo fcinfo, int n, const char *name);
/* All rows of a model. */
extern AkQuery *ak_query_all(AkModel *model);
/* All rows of the model a text argument names. */
extern AkQuery *ak_query_model_argument(FunctionCallInfo fcinfo, int n);
/* 22023: a part of the document names something twice. */
extern void ak_query_refuse_twice(const char *word, const char *name) pg_attribute_noreturn();
/* Adds one call of filter or exclude: an object of conditions. */
extern void ak_query_filter(AkQuery *query, const AkJson *conditions, bool exclude);
/* Adds the condition that the key is this one: as many values as the model has key fields. */
extern void ak_query_filter_key(AkQuery *query, List *values);	/* of AkJson * */
/* Adds one test of one field of the model. */
extern void ak_query_filter_field(AkQuery *query, AkField *field, const char *lookup, const AkJson *value);

/* ---- combine.c ---- */

/* One filter op of ops of filter and exclude, joined by "$or", "$and" or "$xor". */
extern AkJson *ak_query_combine(const char *connective, const AkJson *ops);

/* ---- related.c ---- */

/* The document of the rows that an accessor reaches from the row with this key. */
extern AkJson *ak_query_related(const char *model, AkJson *key, const char *accessor);

/* The values of a VARIADIC key from argument `first` on: List of AkJson *; 22004 for a NULL. */
extern List *ak_query_key_arguments(FunctionCallInfo fcinfo, int first);

/* ---- path.c ---- */

/* "a__b" → a, b. */
extern List *ak_query_split(const char *text);
/* Resolves; 42703 and 42883 with hints.  A lookup may stand last where `lookups` says so. */
extern AkPath *ak_query_path(AkModel *model, const char *text, bool lookups);
/* The same in a scope, where annotations come before fields. */
extern AkPath *ak_query_scope_path(const AkScope *scope, const char *text, bool lookups);
/* Is the value computed, rather than a column's own?  Then its type says how a value for it is read. */
extern bool ak_query_is_computed(const AkPath *path);
/* The path of one field of the model itself, and of one step without a name. */
extern AkPath *ak_query_field_path(AkField *field);
extern AkPath *ak_query_step_path(const AkStep *step, const char *text);
/* The field behind a step that its value stands for; NULL where it is not one. */
extern AkField *ak_query_value_field(const AkStep *step);
/* The fields, where they may be several, of AkField *; NIL where the model behind it has no key. */
extern List *ak_query_value_fields(const AkStep *step);
/* The path of one of the fields that a path of a whole row stands for. */
extern AkModel *ak_query_path_end(const AkPath *path);
extern AkPath *ak_query_part_path(const AkPath *whole, AkField *field);
extern bool ak_query_is_json(const AkField *field);
/* The step taken back: from step->to to step->from. */
extern void ak_query_invert(const AkStep *step, AkStep *inverse);

/* ---- source.c ---- */

/* The to-one neighbour of a table, joined once. */
extern AkSource *ak_query_join(AkQuery *query, AkSource *source, const AkStep *step);
/* A table of its own FROM, tied to `parent` by a step. */
extern AkSource *ak_query_apart(AkQuery *query, AkSource *parent, const AkStep *step);
/* The table behind a step of a way; one behind a to-many step is added to the chain. */
extern AkSource *ak_query_go(AkQuery *query, AkSource *source, const AkStep *step, List **chain);
extern AkSource *ak_query_root(AkQuery *query, AkModel *model);
extern bool ak_query_same_step(const AkStep *a, const AkStep *b);
/* How many first steps two paths have in common. */
extern int	ak_query_common_steps(const AkPath *a, const AkPath *b);
/* Says that a field of the table will be read, so that its table is in the FROM. */
extern void ak_query_use(AkSource *source, const AkField *field);
/* Writes: t0.title; blog.posts AS t0 LEFT JOIN …; t1.author_id = t0.id. */
extern void ak_query_write_column(AkStatement *st, const AkSource *source, const AkField *field);
extern void ak_query_write_from(AkStatement *st, const AkSource *source);
/* The two halves of a FROM over a junction: FROM junction AS t2, and JOIN table AS t1 ON … with its neighbours. */
extern void ak_query_write_junction(AkStatement *st, const AkSource *source);
extern void ak_query_write_behind_junction(AkStatement *st, const AkSource *source);
extern void ak_query_write_tie(AkStatement *st, const AkSource *source);
/* FROM and WHERE over tables each of which is reached from one before it; the first is tied to the row outside. */
extern void ak_query_write_chain(AkStatement *st, List *chain);
/* The FROM alone. */
extern void ak_query_write_chain_from(AkStatement *st, List *chain);
/* JOIN … ON … for each of them. */
/* Are its ties of types whose equal values are one value? */
extern bool ak_query_ties_exactly(const AkSource *source);
/* Its ties as columns, t1.post_id AS k0 and so on, and how many; WHERE they have values, if they may lack them; ON t9.k0 = t0.id. */
extern int	ak_query_write_tie_columns(AkStatement *st, const AkSource *source);
extern bool ak_query_write_tied_at_all(AkStatement *st, const AkSource *source);
extern void ak_query_write_tie_to(AkStatement *st, const AkSource *source, int alias);
extern void ak_query_write_joined_chain(AkStatement *st, List *chain);

/* ---- condition.c ---- */

extern AkCondition *ak_query_condition(AkConditionKind kind);
/* Lays a test out: joins to-one steps, shares an EXISTS with the members of `all`. */
extern void ak_query_add_test(AkQuery *query, AkCondition *all, AkPath *path, const AkJson *value);

/* How many steps of a path the spot has taken. */
extern int	ak_query_walked(const AkSpot *spot, const AkPath *path);
/* The table where the spot's paths begin. */
extern AkSource *ak_query_spot_root(const AkSpot *spot);
/* Takes the path's steps up to number `steps`, by joins and shared EXISTS. */
extern void ak_query_walk(AkQuery *query, AkSpot *place, const AkPath *path, int steps);
extern void ak_query_lay_test(AkQuery *query, AkSpot place, AkPath *path, const AkJson *value);
/* Does a test ask that there be no related row at all? */
extern bool ak_query_asks_absence(const AkPath *path, const AkJson *value);
extern void ak_query_write_condition(AkStatement *st, const AkCondition *condition);
/* {"$v": null}: an SQL NULL that arrived at run time. */
extern bool ak_query_is_sql_null(const AkJson *value);
extern bool ak_query_isnull_wanted(const AkPath *path, const AkJson *value);

/* ---- whole.c: rows whose key is several fields ---- */

extern void ak_query_lay_whole(AkQuery *query, AkSpot place, AkPath *path, const AkLookup *lookup, const AkJson *value);
/* 0A000 where a path leads to no single value. */
extern void ak_query_require_field(const AkPath *path);
/* "a", "b", as documents know the fields. */
extern char *ak_query_list_fields(List *fields);

/* ---- logic.c ---- */

extern List *ak_query_connective_names(void);	/* of char *: "$and" and its like */
/* Lays out an object of conditions at a spot of the query's own rows, or of those behind it. */
extern void ak_query_lay_object(AkQuery *query, AkSpot spot, const AkJson *conditions);
/* Lays out an object of conditions on the query's rows among the members of `all`. */
extern void ak_query_lay_conditions(AkQuery *query, AkCondition *all, const AkJson *conditions);

/* ---- expression.c ---- */

/* Is there an expression of this name? */
extern bool ak_query_knows_expression(const char *name);
/* Adds the condition that an expression is true; 42804 where it is not boolean. */
extern void ak_query_lay_truth(AkQuery *query, AkSpot place, AkExpr *expr, const char *name);
/* Is it an object with a key that begins with "$", other than "$v"? */
extern bool ak_query_is_expression(const AkJson *value);
/* Reads one over the names of a scope; 42883, 42703, 42804. */
extern AkExpr *ak_query_read_expression(const AkScope *scope, const AkJson *object);
/* Lays it out at a spot, before anything is written. */
extern void ak_query_lay_expression(AkQuery *query, const AkSpot *spot, AkExpr *expr);
/* The table of a path, from the spot along what it shares with the path that led there; 0A000 over a to-many step. */
extern AkSource *ak_query_path_source(AkQuery *query, const AkSpot *spot, const AkPath *path);
extern Oid	ak_query_expression_type(const AkExpr *expr);	/* InvalidOid: NULL, of no type */
extern void ak_query_write_expression(AkStatement *st, const AkExpr *expr);
extern bool ak_query_is_number(Oid type);

/* Is there SQL text of raw() in the value? */
extern bool ak_query_has_raw(const AkJson *value);

/* ---- annotation.c ---- */

/* Takes the names in the value of "annotate" or "alias"; then reads their values, which may name each other. */
extern void ak_query_name_annotations(AkQuery *query, const AkJson *object, const char *word);
extern void ak_query_read_annotations(AkQuery *query);
/* The path over an expression that has no name. */
extern AkPath *ak_query_unnamed_path(AkQuery *query, const AkJson *value);
/* The one of this name; NULL: there is none. */
extern AkAnnotation *ak_query_annotation(const AkQuery *query, const char *name);
extern AkField *ak_query_annotation_field(AkAnnotation *annotation);
extern List *ak_query_annotation_names(const AkQuery *query);	/* of char * */
/* The table that has its value, laid out at first need. */
extern AkSource *ak_query_annotated(AkQuery *query, AkAnnotation *annotation);
/* The same for a path that is read at a spot; 42803 where that has rows and the annotation is of their groups. */
extern AkSource *ak_query_annotated_at(AkQuery *query, const AkSpot *spot, const AkPath *path);
/* Those that come along with a row, of AkAnnotation *. */
extern List *ak_query_shown_annotations(const AkQuery *query);
/* Is it made of aggregates over groups?  Or of windows, so that conditions on it come later too? */
extern bool ak_query_is_of_groups(const AkAnnotation *annotation);
extern bool ak_query_is_late(const AkAnnotation *annotation);
/* The path, or where it computes something that as an annotation. */
extern AkPath *ak_query_column_path(AkQuery *query, AkPath *path);
/* CROSS JOIN LATERAL (…) AS t5 for each of the list. */
extern void ak_query_write_laterals(AkStatement *st, List *laterals);
/* All that stands beside its tables: aggregates that share one, then the annotations of rows. */
extern void ak_query_write_beside(AkStatement *st, const AkQuery *query);
/* The value of one; NULL until it is read. */
extern const AkExpr *ak_query_annotation_value(const AkAnnotation *annotation);

/* ---- limits.c ---- */

extern void ak_query_limits_init(void);
/* Another number whenever a bound was set anew. */
extern int	ak_query_limits_generation(void);
/* 54001 with the setting in the hint. */
extern void ak_query_check_tables(int count);
extern void ak_query_check_members(const char *what, int count);
/* One level of nesting begins, and ends; NULL: it is not counted. */
extern void ak_query_enter(AkQuery *query);
extern void ak_query_leave(AkQuery *query);

/* ---- combined.c ---- */

/* Reads the value of "union", "intersection" or "difference". */
extern void ak_query_read_combined(AkQuery *query, const AkJson *documents, const char *word, bool all);
extern void ak_query_lay_combined(AkQuery *query);
/* JOIN (…) AS t5(k0) ON …, which holds the query's own conditions. */
extern void ak_query_write_combined(AkStatement *st, const AkQuery *query);

/* ---- window.c ---- */

/* Makes room for windows; 42P16 where rows have no key. */
extern void ak_query_open_windows(AkQuery *query);
/* ALL: the conditions that are about windows. */
extern AkCondition *ak_query_window_conditions(const AkQuery *query);
/* Are there any that are read? */
extern bool ak_query_has_windows(const AkQuery *query);
/* JOIN (…) AS t5(k0, w0) ON … WHERE …, which holds the query's own conditions. */
extern void ak_query_write_windows(AkStatement *st, const AkQuery *query);

/* ---- lock.c ---- */

/* Reads the value of "for_update". */
extern void ak_query_read_lock(AkQuery *query, const AkJson *value);
/* Joins the tables whose rows are locked too. */
extern void ak_query_lay_lock(AkQuery *query);
/* 0A000 for a read that would lock, inner ones too: only writers read afresh. */
extern void ak_query_refuse_lock(const AkQuery *query);
/* FOR UPDATE OF t0 … */
extern void ak_query_write_lock(AkStatement *st, const AkQuery *query);

/* ---- shown.c: only and defer ---- */

/* Reads names, those of related rows by paths that come along; once branches are known. */
extern void ak_query_read_shown(AkQuery *query, const AkJson *names, const char *word);
extern bool ak_query_shows(const AkShown *shown, const AkField *field);

/* ---- group.c ---- */

/* Puts rows together by the names in a list, or all of them (NULL). */
extern void ak_query_group(AkQuery *query, const AkJson *names);
/* Reads the names, once annotations are known. */
extern void ak_query_read_groups(AkQuery *query);
extern bool ak_query_groups_by(const AkQuery *query, const char *name);
/* Does an object of conditions name what is made of groups or windows, rather than of rows? */
extern bool ak_query_is_about_late(const AkQuery *query, const AkJson *conditions);
/* One call of filter or exclude, about rows, or their groups or windows. */
extern void ak_query_filter_groups(AkQuery *query, const AkJson *conditions, bool exclude);
/* The group's value for a path over its rows, and where it stands; 42803 where it has none. */
extern AkPath *ak_query_group_path(AkQuery *query, const AkPath *path, AkSource **source);
/* Asks for aggregates of all its rows, by an object of names and expressions. */
extern void ak_query_aggregate(AkQuery *query, const AkJson *aggregates);
extern bool ak_query_puts_together(const AkQuery *query);	/* are its answers groups, not rows? */

/* ---- bind.c: values of tests ---- */

/* How the value of a test becomes a parameter. */
typedef struct AkReader
{
	/* The parameter's value; raises what the path's field has against it. */
	AkValue		(*read) (const AkCondition *test, const AkJson *value);
	/*
	 * Writes an expression over the parameter of a hole; false where the
	 * value has to be known.  NULL: it always has to be.
	 */
	bool		(*write_hole) (AkStatement *st, const AkCondition *test, const AkJson *hole);
} AkReader;

/* Where a parameter's value comes from; a parameter without one is part of the statement's shape. */
typedef struct AkOrigin
{
	const AkCondition *test;	/* NULL: a bound of a slice, or a member of a row */
	const AkJson *value;		/* the node that was read */
	const AkReader *reader;		/* NULL for a member of a row */
	const AkField *member;		/* the field that a row's value is for */
	bool		needed;			/* of a member: null is refused */
} AkOrigin;

extern const AkReader ak_query_field_reader;
extern const AkReader ak_query_list_reader;
extern const AkReader ak_query_text_reader;
extern const AkReader ak_query_pattern_reader;
extern const AkReader ak_query_no_reader;	/* of lookups whose value decides about the text: it has to be known */
/* Binds a value of a test and writes its $n; the statement remembers the origin. */
extern void ak_query_bind(AkStatement *st, const AkCondition *test, const AkJson *value, const AkReader *reader);
/* Reads another value in the place of the one that was bound, with the path in the error's context. */
extern AkValue ak_query_read_again(const AkOrigin *origin, const AkJson *value);
/* Is it text of a driver, which says of itself whether it is JSON? */
extern bool ak_query_is_untyped(const AkJson *value);
/* Pushed on the error context, names the path of a test. */
extern void ak_query_name_path(void *test);
/* The members of a list value; 22023 when it is none or has not `count` members (-1: any). */
extern const AkJson *ak_query_list_value(const AkCondition *test, const AkJson *value, int count);
/* 22023 for null, with a hint. */
extern void ak_query_refuse_null(const AkCondition *test, const AkJson *value);

/* ---- hole.c: AkReader.write_hole ---- */

extern bool ak_query_write_field_hole(AkStatement *st, const AkCondition *test, const AkJson *hole);
extern bool ak_query_write_list_hole(AkStatement *st, const AkCondition *test, const AkJson *hole);
extern bool ak_query_write_text_hole(AkStatement *st, const AkCondition *test, const AkJson *hole);
extern bool ak_query_write_pattern_hole(AkStatement *st, const AkCondition *test, const AkJson *hole);
extern bool ak_query_write_jsonb_hole(AkStatement *st, const AkCondition *test, const AkJson *hole);
extern bool ak_query_write_jsonb_list_hole(AkStatement *st, const AkCondition *test, const AkJson *hole);
/* For operators that take a value of this type alone. */
extern bool ak_query_write_exact_hole(AkStatement *st, const AkCondition *test, const AkJson *hole, Oid type);
/* One bound of a list of two, of which the other may be known; a list that is one hole does not fit. */
extern bool ak_query_write_bound_hole(AkStatement *st, const AkCondition *test, const AkJson *list, int n,
									  const AkReader *reader);
extern bool ak_query_write_number_hole(AkStatement *st, const AkCondition *test, const AkJson *hole);

/* ---- transform.c ---- */

/* The transform that a word is behind a value of the type; NULL: none. */
extern AkApplied *ak_query_find_transform(Oid type, const char *word);
extern List *ak_query_transform_names(Oid type);	/* of char * */
extern bool ak_query_same_transforms(const AkPath *a, const AkPath *b);
/* The column with its transforms. */
extern void ak_query_write_path(AkStatement *st, const AkSource *source, const AkPath *path);
/* What stands before and behind the value that a transform is applied to. */
extern void ak_query_write_transform_start(AkStatement *st, const AkApplied *applied);
extern void ak_query_write_transform_end(AkStatement *st, const AkApplied *applied);
/* Does the path end in a year, which compares as a range of what is before it? */
extern bool ak_query_is_year(const AkPath *path);
extern void ak_query_write_year_test(AkStatement *st, const AkCondition *test, int strategy, const AkReader *reader);

/* ---- lookup.c, jsonpath.c ---- */

/* One lookup: how its test is written, and what distinguishes it from its kin. */
struct AkLookup
{
	const char *name;
	void		(*write) (AkStatement *st, const AkCondition *test);
	/* The same below a JSON field; NULL: by the text there. */
	void		(*write_json) (AkStatement *st, const AkCondition *test);
	int			strategy;		/* comparisons: btree strategy */
	const char *operator;		/* patterns: in pg_catalog */
	const char *before;			/* patterns: around the literal text; functions: the name */
	const char *after;			/* and the type of the first argument */
	Oid			value;			/* functions: the type of the value */
};

extern const AkLookup *ak_query_lookup(const char *name);	/* NULL when unknown */
/* The one for values of a type; NULL: none. */
extern const AkLookup *ak_query_lookup_for(Oid type, const char *name);
/* lookup_special.c: those that only arrays, ranges, JSON or text have. */
extern const AkLookup *ak_query_special_lookup(Oid type, const char *name);
extern bool ak_query_is_special_lookup(const char *name);	/* of any type */
extern List *ak_query_special_lookup_names(Oid type);
/* Has any lookup, or any transform, that is built in this name? */
extern bool ak_query_is_built_in_lookup(const char *name);
extern bool ak_query_is_built_in_transform(const char *name);
/* A value of a type that is not the path's own. */
extern AkValue ak_query_read_as(const AkCondition *test, Oid type, const AkJson *value);
extern List *ak_query_lookup_names(Oid type);	/* of char *; InvalidOid: those of every type */
extern void ak_query_write_test(AkStatement *st, const AkCondition *test);
/* A pattern that matches the value literally; NULL for an SQL NULL. */
extern void ak_query_write_pattern(AkStatement *st, const AkCondition *test);

extern void ak_query_write_json_at(AkStatement *st, const AkCondition *test, bool as_text);
extern void ak_query_write_json_exact(AkStatement *st, const AkCondition *test);
extern void ak_query_write_json_compare(AkStatement *st, const AkCondition *test);
extern void ak_query_write_json_in(AkStatement *st, const AkCondition *test);
extern void ak_query_write_json_range(AkStatement *st, const AkCondition *test);
extern void ak_query_write_json_isnull(AkStatement *st, const AkCondition *test);
extern void ak_query_write_json_contains(AkStatement *st, const AkCondition *test);

/* ---- custom.c: functions of SQL ---- */

extern void ak_query_custom_init(void);
/* Another number whenever a function was made, altered or dropped. */
extern int	ak_query_functions_generation(void);
/* The lookup that was registered for values of a type; NULL: none. */
extern const AkLookup *ak_query_custom_lookup(Oid type, const char *name);
/* What stands around the value, and what comes out; false: there is no such transform. */
extern bool ak_query_custom_transform(Oid type, const char *name, const char **before, const char **after, Oid *result);
extern List *ak_query_custom_names(Oid type, bool transform);	/* of char * */

/* ---- extension.c ---- */

/* The schema of another extension, quoted; 42704 that names the word which needs it. */
extern const char *ak_query_extension_schema(const char *extension, const char *word);

/* ---- order.c ---- */

/* Terms over the query's own names, expressions among them. */
extern List *ak_query_parse_order_of(AkQuery *query, const AkJson *terms, const char *what);
extern List *ak_query_parse_order(AkModel *model, const AkJson *terms, const char *what);
/* Terms over the names of a scope, each one value; then the column of one at a spot. */
extern List *ak_query_parse_order_within(const AkScope *scope, const AkJson *terms);
extern void ak_query_lay_term_at(AkQuery *query, const AkSpot *spot, AkOrder *term);
/* The order of the model's meta, and that of its key; NIL where there is none. */
extern List *ak_query_model_order(AkModel *model);
extern List *ak_query_key_order(AkModel *model);
/* Terms as columns of joined tables: relations followed to their model's ordering, or taken as their key. */
extern List *ak_query_lay_order(AkQuery *query, AkSource *source, List *order);
extern List *ak_query_lay_columns(AkQuery *query, AkSource *source, List *order);
extern bool ak_query_same_term(const AkOrder *a, const AkOrder *b);
extern void ak_query_write_term(AkStatement *st, const AkOrder *term);
extern void ak_query_write_order(AkStatement *st, List *laid, bool reversed);

/* ---- branch.c: select_related and prefetch_related ---- */

/* The step that a word takes; 42703 with the accessors. */
extern void ak_query_named_step(AkModel *model, const char *word, AkStep *step);
extern void ak_query_add_branch(AkQuery *query, const char *text, bool many);
/* {"path": …, "query": …, "to_attr": …} */
extern void ak_query_add_list(AkQuery *query, const AkJson *term);
extern void ak_query_lay_branches(AkQuery *query, AkSource *source, List *branches);

/* ---- select.c: statements ---- */

typedef enum AkOrdering
{
	AK_ORDER_HIDDEN,			/* the exit shows no order: only slices and DISTINCT ON need it */
	AK_ORDER_SAID,				/* as said, never the model's own but where a slice needs it */
	AK_ORDER_SHOWN,				/* as said, else the model's own */
	AK_ORDER_ALWAYS				/* and where there is none, by key */
} AkOrdering;

/* The terms of one statement, laid out. */
typedef struct AkLayout
{
	bool		unlike;			/* DISTINCT */
	List	   *distinct_on;	/* of AkOrder * */
	List	   *order;			/* of AkOrder * */
} AkLayout;

extern bool ak_query_sliced(const AkQuery *query);
/* The key's columns, separated by commas; 42P16 where the model has none. */
extern void ak_query_write_key(AkStatement *st, const AkQuery *query);
/* ON t5.k0 = t0.id AND … */
extern void ak_query_write_same_key(AkStatement *st, const AkQuery *query, int alias);
/* Reads only its own table: no join, slice or DISTINCT ON. */
extern bool ak_query_plain(const AkQuery *query);
/* Joins what order and DISTINCT ON need: before anything is written. */
extern AkLayout ak_query_lay_out(AkQuery *query, AkOrdering ordering);
/* The same for whole rows or their keys: whatever is picked, no two of them are alike. */
extern AkLayout ak_query_lay_rows(AkQuery *query, AkOrdering ordering);
/* 42P10 unless values without their likes are ordered by what they are made of. */
extern void ak_query_check_unlike_order(const AkQuery *query, const AkLayout *layout);
/* "SELECT " or "SELECT DISTINCT ON (…) "; then FROM … WHERE … ORDER BY …; then LIMIT … OFFSET …. */
extern void ak_query_write_head(AkStatement *st, const AkLayout *layout);
extern void ak_query_write_tail(AkStatement *st, const AkQuery *query, const AkLayout *layout);
extern void ak_query_write_limit(AkStatement *st, const AkQuery *query);
/* " WHERE …" over t0, or nothing.  For SELECT and for a plain UPDATE or DELETE. */
extern void ak_query_write_where(AkStatement *st, const AkQuery *query);
/*
 * " WHERE …" for UPDATE … AS t0 and DELETE … AS t0: the conditions where the
 * query is plain, else t0's key among those that the query selects.
 */
extern void ak_query_write_restriction(AkStatement *st, AkQuery *query);

/* ---- returning.c: the row that a write gives back ---- */

struct AkLevel;
/* Writes: RETURNING t0.id, …; the level is there as long as the registry's picture. */
extern const struct AkLevel *ak_query_write_returning(AkStatement *st, AkModel *model);
/* Runs the write; the first row as json in the caller's context, false where it gave none back. */
extern bool ak_query_run_returning(const AkModel *model, const struct AkLevel *level, AkStatement *st, Datum *object);
/* ---- rows.c ---- */

/* 42804 unless the type is the model's row type, or a domain over it. */
extern void ak_query_check_row_type(const AkModel *model, Oid type);

/* ---- fetch.c: running ---- */

/*
 * A read, compiled: it can be run again with other values.  It lives where
 * it was made, with the query it was made of.
 */
typedef struct AkCompiled
{
	AkModel    *model;
	AkStatement statement;		/* bound to the values of the query */
	int			flags;			/* for ak_core_run */
	const struct AkLevel *level;	/* of a fetch: what its rows become */
	int			key;			/* column that stands beside each row; -1: none */
	int			restriction;	/* of an update or delete: where in the SQL it says which rows */
} AkCompiled;

/* Gets one row as json and, where the fetch asked for one, its key as text; false stops. */
typedef bool (*AkEmitFn) (Datum json, const char *key, void *arg);

/*
 * Every JSON exit goes through here; encode.h holds how rows become text.
 * `key` is the field whose value is handed out beside each row, or NULL.
 */
extern uint64 ak_query_fetch(AkQuery *query, AkOrdering ordering, const AkField *key,
							 AkEmitFn emit, void *arg);
/* Its halves.  `bound` is the statement with the values of this call: a copy of its head with other values. */
extern AkCompiled *ak_query_compile_fetch(AkQuery *query, AkOrdering ordering, const AkField *key);
extern uint64 ak_query_run_fetch(const AkCompiled *compiled, AkStatement *bound, AkEmitFn emit, void *arg);

/* The only row as json in the caller's context; false: no row; P0003 when there are several. */
extern bool ak_query_one(AkQuery *query, Datum *json);
extern AkCompiled *ak_query_compile_one(AkQuery *query);
extern bool ak_query_run_one(const AkCompiled *compiled, AkStatement *bound, Datum *json);
/* The same; P0002 when there is none. */
extern Datum ak_query_get(AkQuery *query);
extern Datum ak_query_run_get(const AkCompiled *compiled, AkStatement *bound);
/* The first row as json, false when there is none. */
extern bool ak_query_first(AkQuery *query, Datum *json);
extern AkCompiled *ak_query_compile_first(AkQuery *query);
extern bool ak_query_run_first(const AkCompiled *compiled, AkStatement *bound, Datum *json);

/* ---- in_bulk.c, change.c ---- */

/* Rows whose field (NULL: the key) is among the keys, with its value beside each. */
extern AkCompiled *ak_query_compile_in_bulk(AkQuery *query, const AkJson *keys, const char *name);
/* The writes of whole query sets. */
extern AkCompiled *ak_query_compile_update(AkQuery *query, const AkJson *document);
extern AkCompiled *ak_query_compile_delete(AkQuery *query);

/* ---- number.c: reads of one value ---- */

extern AkCompiled *ak_query_compile_count(AkQuery *query);
extern AkCompiled *ak_query_compile_exists(AkQuery *query);
/* The value, in the caller's context. */
extern Datum ak_query_run_value(const AkCompiled *compiled, AkStatement *bound);

#endif
