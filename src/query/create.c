/*
 * create.c
 *		create(model, doc): one row from one document.
 *
 * Documents that give the same fields become the same INSERT.  It is kept by
 * the names that the document gives (cache.c), each of which is a slot; the
 * next document's values are read by their fields and bound.  Whatever is
 * wrong with one of them is left to the whole way, which reads the document
 * anew and reports all that is wrong with it.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "query/cache.h"
#include "query/row.h"

PG_FUNCTION_INFO_V1(ak_query_create);

/* A member of the document. */
typedef struct AkGiven
{
	const AkField *field;
	int			parameter;		/* from 0 */
	bool		needed;			/* null is refused */
} AkGiven;

/* What is kept: the INSERT, and the members by slot. */
typedef struct AkInsert
{
	AkModel    *model;
	AkStatement statement;
	const struct AkLevel *level;
	int			count;
	AkGiven    *given;
	AkField   **fields;			/* by parameter */
} AkInsert;

/* Runs an INSERT and hands back the row. */
static Datum
run_insert(const AkInsert *insert, AkStatement *st)
{
	Datum		json;

	if (!ak_query_run_returning(insert->model, insert->level, st, &json))
		ak_query_not_stored(insert->model);
	return json;
}

/* ---- the whole way ---- */

static void
note_members(AkInsert *insert, const AkJson *document, const AkRow *row)
{
	bool		filled = ak_query_triggers_fill(insert->model, false);

	insert->count = document->size;
	insert->given = palloc(sizeof(AkGiven) * Max(document->size, 1));
	for (int i = 0; i < document->size; i++)
	{
		AkGiven    *given = &insert->given[i];

		given->field = ak_model_field(insert->model, document->keys[i]);
		if (given->field->parts != NIL)
		{
			insert->count = -1;	/* one member gives several parameters: it is not kept */
			return;
		}
		given->parameter = ak_query_place_in_row(row, given->field);
		given->needed = !filled && ak_query_refuses_null(given->field);
	}
}

/* Reads the arguments; raises what is wrong with them. */
static AkInsert *
compile(FunctionCallInfo fcinfo)
{
	AkInsert   *insert = palloc0(sizeof(AkInsert));
	AkJson	   *document;
	AkRow		row;

	insert->model = ak_query_arg_model(fcinfo);
	document = ak_query_arg_object(fcinfo, 1, "doc");
	ak_query_read_new_row(insert->model, document, &row);
	ak_core_statement_init(&insert->statement);
	ak_query_write_insert(&insert->statement, &row);
	insert->level = ak_query_write_returning(&insert->statement, insert->model);
	note_members(insert, document, &row);
	insert->fields = row.fields;
	return insert;
}

/* Compiles in a context that the cache takes over, where it can. */
static Datum
create_and_keep(FunctionCallInfo fcinfo, const AkShape *shape)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "aksara question",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	AkInsert   *insert = compile(fcinfo);
	AkStatement st;

	ak_core_statement_seal(&insert->statement);
	MemoryContextSwitchTo(old);
	st = insert->statement;
	if (insert->count == shape->nslots)
		(void) ak_query_cache_keep(shape, context, insert->model->registry, insert);
	return run_insert(insert, &st);
}

static Datum
create_once(FunctionCallInfo fcinfo)
{
	AkInsert   *insert = compile(fcinfo);

	return run_insert(insert, &insert->statement);
}

/* ---- a document like one before ---- */

/* Reads the values; false when something is wrong with one. */
static bool
bind_members(const AkInsert *insert, const AkShape *shape, const char *source, AkStatement *st)
{
	AkRow		row = {.model = insert->model, .count = insert->count, .fields = insert->fields};
	AkProblems	problems = {0};

	row.values = palloc(sizeof(AkValue) * Max(insert->count, 1));
	for (int i = 0; i < insert->count; i++)
	{
		const AkGiven *given = &insert->given[i];
		AkValue    *value = &row.values[given->parameter];
		AkJson		json;

		ak_query_slot_value(source, &shape->slots[i], "argument \"doc\"", &json);
		if (!ak_model_read(given->field, &json, value, &problems) ||
			(value->isnull && given->needed) || value->type != st->types[given->parameter])
			return false;
	}
	ak_query_clean(&row, true, &problems);
	for (int i = 0; i < insert->count; i++)
	{
		st->values[i] = row.values[i].datum;
		st->nulls[i] = row.values[i].isnull ? 'n' : ' ';
	}
	return problems.list == NIL;
}

/* The kept INSERT with the document's values; NULL when something is wrong with one. */
static Datum
create_kept(AkKept *kept, const AkShape *shape, text *document, bool *done)
{
	const AkInsert *insert = kept->made;
	AkStatement st = insert->statement;
	Datum		json = (Datum) 0;

	st.values = palloc(insert->count * (sizeof(Datum) + 1) + 1);
	st.nulls = (char *) (st.values + insert->count);
	*done = bind_members(insert, shape, VARDATA_ANY(document), &st);
	if (*done)
		json = run_insert(insert, &st);
	ak_query_cache_release(kept);
	return json;
}

static bool
shape_of(FunctionCallInfo fcinfo, AkShape *shape, text **document)
{
	text	   *model;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return false;
	model = PG_GETARG_TEXT_PP(0);
	*document = PG_GETARG_TEXT_PP(1);
	ak_query_shape_init(shape);
	return ak_query_shape_add(shape, "create", sizeof("create")) &&
		ak_query_shape_add(shape, VARDATA_ANY(model), VARSIZE_ANY_EXHDR(model)) &&
		ak_query_shape_add(shape, "", 1) &&
		ak_query_shape_document(shape, AK_SHAPE_OF_ROW, VARDATA_ANY(*document), VARSIZE_ANY_EXHDR(*document));
}

/* create(model, doc) → the row as json. */
Datum
ak_query_create(PG_FUNCTION_ARGS)
{
	AkShape		shape;
	text	   *document;
	AkKept	   *kept;
	Datum		json;
	bool		done;

	if (!shape_of(fcinfo, &shape, &document))
		return create_once(fcinfo);
	kept = ak_query_cache_find(&shape);
	if (kept == NULL)
		return create_and_keep(fcinfo, &shape);
	json = create_kept(kept, &shape, document, &done);
	return done ? json : create_once(fcinfo);
}
