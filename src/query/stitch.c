/*
 * stitch.c
 *		Running a read: rows become text, lists are stitched to their rows.
 *
 * Rows without lists are handed out one by one.  With lists, rows are gathered
 * as text with holes, some hundred at a time; each hole notes which row of the
 * tie is asked for.  Then the statement of each list runs once for all of
 * them, its rows are chained to what asked for them by a hash over the tie,
 * and so on downwards.  At last the text is put together by copying what
 * stands between the holes.  How many rows are gathered follows the size of
 * what came with the rows before, so that memory stays bounded.
 *
 * All statements are run from within the one that reads the rows, or right
 * after it, under the same snapshot.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

#include "query/encode.h"

/* Rows gathered: at first, at most, and at least. */
#define FIRST_ROWS 128
#define MOST_ROWS 1024
#define LEAST_ROWS 4
/* Bytes of text that more rows, or fewer, are gathered for. */
#define LITTLE_TEXT (1024 * 1024)
#define MUCH_TEXT (8 * 1024 * 1024)

/* A row as text, in the text of its level. */
typedef struct AkSpan
{
	int			start;
	int			end;
	int			first_hole;
	int			last_hole;		/* behind the last one */
	int			next;			/* of the same list; -1: none */
	char	   *key;			/* what is handed out beside it */
} AkSpan;

/* A list is to stand here. */
typedef struct AkHole
{
	int			at;
	int			list;
	int			entry;			/* of the list's table; -1: there is no row */
} AkHole;

/* What rows above ask for, once. */
typedef struct AkAsked
{
	uint32		hash;
	int			first;			/* span; -1: none */
	int			last;
} AkAsked;

typedef struct AkTable
{
	TypeCacheEntry **types;		/* one a tie; NULL: values are the same when their bits are */
	int			count;
	int			room;
	AkAsked    *entries;
	Datum	   *values;			/* nties for each entry */
	uint32		mask;
	int		   *places;			/* hash → entry; -1: free */
} AkTable;

typedef struct AkEncoder AkEncoder;

/* One level at work. */
typedef struct AkStage
{
	const AkLevel *level;
	AkEncoder  *encoder;
	bool		begun;			/* the rows' types have been looked at */
	AkWriter   *writers;		/* one an output */
	FmgrInfo   *functions;		/* the same */
	AkExternal **externals;		/* the same: what makes another value of it first, or NULL */
	StringInfoData text;
	AkSpan	   *spans;
	int			nspans;
	int			spans_room;
	AkHole	   *holes;
	int			nholes;
	int			holes_room;
	AkTable		table;			/* of a list */
	struct AkStage *lists;
} AkStage;

/* One call. */
struct AkEncoder
{
	const AkRun *run;
	AkStage		top;
	MemoryContext context;		/* of all of it */
	MemoryContext gathered;		/* what is kept until the rows are handed out */
	MemoryContext garbage;		/* what a row leaves behind */
	StringInfoData out;			/* a row that is handed out, with the header of a text */
	int			most;			/* rows to gather */
	bool		stopped;
};

/* ---- setting up ---- */

static void
init_table(AkTable *table, const AkLevel *level)
{
	table->types = palloc0(level->nties * sizeof(TypeCacheEntry *));
	for (int i = 0; i < level->nties; i++)
		switch (level->ties[i].type)
		{
			case INT2OID:
			case INT4OID:
			case INT8OID:
			case OIDOID:
			case DATEOID:
			case UUIDOID:
				break;
			default:
				table->types[i] = lookup_type_cache(level->ties[i].type,
													TYPECACHE_HASH_PROC_FINFO | TYPECACHE_EQ_OPR_FINFO);
		}
}

static void
clear_table(AkTable *table)
{
	table->count = 0;
	memset(table->places, -1, (table->mask + 1) * sizeof(int));
}

static void
init_stage(AkStage *stage, AkEncoder *encoder, const AkLevel *level)
{
	check_stack_depth();
	memset(stage, 0, sizeof(AkStage));
	stage->level = level;
	stage->encoder = encoder;
	stage->writers = palloc(level->noutputs * sizeof(AkWriter));
	stage->functions = palloc0(level->noutputs * sizeof(FmgrInfo));
	stage->externals = palloc0(level->noutputs * sizeof(AkExternal *));
	initStringInfo(&stage->text);
	init_table(&stage->table, level);
	stage->lists = palloc(level->nlists * sizeof(AkStage));
	for (int i = 0; i < level->nlists; i++)
		init_stage(&stage->lists[i], encoder, level->lists[i]);
}

static bool
is_tied_by(const AkLevel *level, int column)
{
	for (int i = 0; i < level->nlists; i++)
		for (int j = 0; j < level->lists[i]->nties; j++)
			if (level->lists[i]->ties[j].outer == column)
				return true;
	return false;
}

/* A field whose values have another form in documents: its function, and the writer of what that gives. */
static void
open_external(AkStage *stage, int output)
{
	const AkField *field = stage->level->outputs[output].field;

	if (!ak_model_shows_otherwise(field))
		return;
	stage->externals[output] = ak_model_open_external(field);
	stage->writers[output] = ak_query_writer(ak_model_external_type(stage->externals[output]));
}

/*
 * Takes the writers of the rows' types.  Those are known beforehand, but for
 * domains, and for a column whose type was changed since the registry was read.
 */
static void
begin_stage(AkStage *stage, TupleDesc desc)
{
	const AkLevel *level = stage->level;
	MemoryContext old = MemoryContextSwitchTo(stage->encoder->context);

	for (int i = 0; i < level->noutputs; i++)
	{
		Oid			type = TupleDescAttr(desc, level->nties + i)->atttypid;

		stage->writers[i] = level->outputs[i].writer;
		if (type != stage->writers[i].type)
		{
			if (is_tied_by(level, level->nties + i) &&
				getBaseType(type) != getBaseType(stage->writers[i].type))
				ereport(ERROR,
						(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
						 errmsg("the type of column \"%s\" of \"%s\" was changed meanwhile",
								level->outputs[i].field->column, level->outputs[i].field->model->table)));
			stage->writers[i] = ak_query_writer(type);
		}
		open_external(stage, i);
		if (OidIsValid(stage->writers[i].function))
			fmgr_info(stage->writers[i].function, &stage->functions[i]);
	}
	stage->begun = true;
	MemoryContextSwitchTo(old);
}

/* Room for one more element of an array that began empty. */
static void *
grow(void *array, int count, int *room, Size size, MemoryContext context)
{
	if (count < *room)
		return array;
	*room = *room == 0 ? 64 : *room * 2;
	return array ? repalloc_huge(array, mul_size(*room, size))
		: MemoryContextAllocHuge(context, mul_size(*room, size));
}

/* ---- what is asked for ---- */

static inline uint32
mix(uint64 bits)
{
	return (uint32) ((bits * UINT64CONST(0x9E3779B97F4A7C15)) >> 32);
}

static uint32
hash_value(const AkTie *tie, const TypeCacheEntry *type, Datum value)
{
	if (tie->type == UUIDOID)
	{
		uint64		halves[2];

		memcpy(halves, DatumGetPointer(value), sizeof(halves));
		return mix(halves[0] ^ halves[1]);
	}
	if (type == NULL)
		return mix(value);
	/* Types that cannot be hashed are compared one by one. */
	if (!OidIsValid(type->hash_proc_finfo.fn_oid))
		return 0;
	return DatumGetUInt32(FunctionCall1Coll(unconstify(FmgrInfo *, &type->hash_proc_finfo), tie->collation, value));
}

static bool
same_value(const AkTie *tie, const TypeCacheEntry *type, Datum a, Datum b)
{
	if (tie->type == UUIDOID)
		return memcmp(DatumGetPointer(a), DatumGetPointer(b), UUID_LEN) == 0;
	if (type == NULL)
		return a == b;
	return DatumGetBool(FunctionCall2Coll(unconstify(FmgrInfo *, &type->eq_opr_finfo), tie->collation, a, b));
}

static bool
same_values(const AkStage *stage, int entry, const Datum *values)
{
	const AkLevel *level = stage->level;

	for (int i = 0; i < level->nties; i++)
		if (!same_value(&level->ties[i], stage->table.types[i],
						stage->table.values[entry * level->nties + i], values[i]))
			return false;
	return true;
}

/* Makes the table's places twice as many. */
static void
spread(AkTable *table, MemoryContext context)
{
	uint32		size = table->places ? (table->mask + 1) * 2 : 64;

	if (table->places)
		pfree(table->places);
	table->places = MemoryContextAllocHuge(context, size * sizeof(int));
	table->mask = size - 1;
	memset(table->places, -1, size * sizeof(int));
	for (int i = 0; i < table->count; i++)
	{
		uint32		place = table->entries[i].hash & table->mask;

		while (table->places[place] >= 0)
			place = (place + 1) & table->mask;
		table->places[place] = i;
	}
}

static int
add_entry(AkStage *stage, const Datum *values, uint32 hash)
{
	AkEncoder  *encoder = stage->encoder;
	AkTable    *table = &stage->table;
	int			nties = stage->level->nties;
	int			room = table->room;
	MemoryContext old;

	table->entries = grow(table->entries, table->count, &room, sizeof(AkAsked), encoder->context);
	table->values = grow(table->values, table->count, &table->room, nties * sizeof(Datum), encoder->context);
	table->entries[table->count] = (AkAsked) {.hash = hash, .first = -1, .last = -1};
	old = MemoryContextSwitchTo(encoder->gathered);
	for (int i = 0; i < nties; i++)
		table->values[table->count * nties + i] =
			datumCopy(values[i], stage->level->ties[i].byval, stage->level->ties[i].length);
	MemoryContextSwitchTo(old);
	return table->count++;
}

/* The entry of these values, made where `add` is said; else -1. */
static int
find_entry(AkStage *stage, const Datum *values, bool add)
{
	AkTable    *table = &stage->table;
	uint32		hash = 0;
	uint32		place;

	if (table->places == NULL || (add && table->count * 2 > table->mask))
		spread(table, stage->encoder->context);
	for (int i = 0; i < stage->level->nties; i++)
		hash = hash_combine(hash, hash_value(&stage->level->ties[i], table->types[i], values[i]));
	for (place = hash & table->mask; table->places[place] >= 0; place = (place + 1) & table->mask)
	{
		int			entry = table->places[place];

		if (table->entries[entry].hash == hash && same_values(stage, entry, values))
			return entry;
	}
	return add ? table->places[place] = add_entry(stage, values, hash) : -1;
}

/* What a row asks of a list: an entry, or -1 where its side of the tie is null. */
static int
ask(AkStage *list, const TupleTableSlot *row)
{
	const AkLevel *level = list->level;
	Datum		values[INDEX_MAX_KEYS];

	for (int i = 0; i < level->nties; i++)
	{
		const AkTie *tie = &level->ties[i];

		if (row->tts_isnull[tie->outer])
			return -1;
		values[i] = row->tts_values[tie->outer];
		if (tie->length == -1)
			values[i] = PointerGetDatum(PG_DETOAST_DATUM(values[i]));
	}
	return find_entry(list, values, true);
}

/* ---- rows to text ---- */

static void
add_hole(AkStage *stage, int list, const TupleTableSlot *row)
{
	stage->holes = grow(stage->holes, stage->nholes, &stage->holes_room, sizeof(AkHole), stage->encoder->context);
	stage->holes[stage->nholes++] = (AkHole) {
		.at = stage->text.len,
		.list = list,
		.entry = ask(&stage->lists[list], row)
	};
}

/* Appends a column's value, or what a function makes of it. */
static inline void
encode_value(AkStage *stage, int output, Datum value, bool isnull)
{
	if (!isnull && unlikely(stage->externals[output] != NULL))
		value = ak_model_to_external(stage->externals[output], value, &isnull);
	if (isnull)
		appendBinaryStringInfo(&stage->text, "null", 4);
	else
		stage->writers[output].write(&stage->text, value, &stage->functions[output]);
}

static void
encode_object(AkStage *stage, const AkObject *object, const TupleTableSlot *row)
{
	StringInfo	out = &stage->text;

	if (object->present >= 0 && row->tts_isnull[object->present])
	{
		appendBinaryStringInfo(out, "null", 4);
		return;
	}
	if (object->nparts == 0)
		appendStringInfoChar(out, '{');
	for (int i = 0; i < object->nparts; i++)
	{
		const AkPart *part = &object->parts[i];
		int			output = part->at - stage->level->nties;

		appendBinaryStringInfo(out, part->lead, part->lead_length);
		if (part->kind == AK_PART_OBJECT)
			encode_object(stage, part->object, row);
		else if (part->kind == AK_PART_LIST)
			add_hole(stage, part->at, row);
		else
			encode_value(stage, output, row->tts_values[part->at], row->tts_isnull[part->at]);
	}
	appendStringInfoChar(out, '}');
}

/* Appends a row to the level's text. */
static void
encode_row(AkStage *stage, TupleTableSlot *row)
{
	MemoryContext old;

	CHECK_FOR_INTERRUPTS();
	if (!stage->begun)
		begin_stage(stage, row->tts_tupleDescriptor);
	slot_getallattrs(row);
	old = MemoryContextSwitchTo(stage->encoder->garbage);
	encode_object(stage, stage->level->object, row);
	MemoryContextSwitchTo(old);
	MemoryContextReset(stage->encoder->garbage);
}

/* The same, as a span. */
static AkSpan *
gather_row(AkStage *stage, TupleTableSlot *row)
{
	AkSpan	   *span;

	stage->spans = grow(stage->spans, stage->nspans, &stage->spans_room, sizeof(AkSpan), stage->encoder->context);
	span = &stage->spans[stage->nspans++];
	span->start = stage->text.len;
	span->first_hole = stage->nholes;
	span->next = -1;
	span->key = NULL;
	encode_row(stage, row);
	span->end = stage->text.len;
	span->last_hole = stage->nholes;
	return span;
}

/* ---- lists ---- */

/* A row of a list: chained behind those of the same entry. */
static bool
take_list_row(TupleTableSlot *row, void *arg)
{
	AkStage    *stage = arg;
	AkAsked    *entry;
	int			found;

	slot_getallattrs(row);
	found = find_entry(stage, row->tts_values, false);
	if (found < 0)
		return true;
	(void) gather_row(stage, row);
	entry = &stage->table.entries[found];
	if (entry->first < 0)
		entry->first = stage->nspans - 1;
	else
		stage->spans[entry->last].next = stage->nspans - 1;
	entry->last = stage->nspans - 1;
	return true;
}

/* One side of the ties that are asked for, as an array. */
static Datum
tie_array(const AkStage *stage, int i)
{
	const AkTie *tie = &stage->level->ties[i];
	int			nties = stage->level->nties;
	int			count = stage->table.count;
	Datum	   *values = palloc(Max(count, 1) * sizeof(Datum));
	Oid			element = tie->as_text ? TEXTOID : tie->type;
	int16		length;
	bool		byval;
	char		align;

	for (int n = 0; n < count; n++)
	{
		values[n] = stage->table.values[n * nties + i];
		if (tie->as_text)
			values[n] = CStringGetTextDatum(ak_core_output_iso(tie->type, values[n]));
	}
	get_typlenbyvalalign(element, &length, &byval, &align);
	return PointerGetDatum(construct_array(values, count, element, length, byval, align));
}

/* Reads the rows that the level above asks for, and what they ask for in turn. */
static void
read_list(AkStage *stage)
{
	const AkLevel *level = stage->level;
	bool		one = stage->table.count == 1;
	const AkStatement *statement = one ? &level->statement_for_one : &level->statement;
	AkStatement bound = *statement;
	MemoryContext old = MemoryContextSwitchTo(stage->encoder->gathered);

	check_stack_depth();
	bound.values = palloc(bound.nparams * sizeof(Datum));
	bound.nulls = palloc(bound.nparams);
	memcpy(bound.values, statement->values, bound.nparams * sizeof(Datum));
	memcpy(bound.nulls, statement->nulls, bound.nparams);
	for (int i = 0; i < level->nties; i++)
	{
		bound.values[i] = one ? stage->table.values[i] : tie_array(stage, i);
		bound.nulls[i] = ' ';
	}
	ak_core_run(&bound, stage->encoder->run->flags, take_list_row, stage);
	for (int i = 0; i < level->nlists; i++)
		read_list(&stage->lists[i]);
	MemoryContextSwitchTo(old);
}

/* ---- putting together ---- */

static void put_row(StringInfo out, const AkStage *stage, const AkSpan *span);

static void
put_list(StringInfo out, const AkStage *list, int entry)
{
	appendStringInfoChar(out, '[');
	if (entry >= 0)
		for (int i = list->table.entries[entry].first; i >= 0; i = list->spans[i].next)
		{
			if (i != list->table.entries[entry].first)
				appendBinaryStringInfo(out, ", ", 2);
			put_row(out, list, &list->spans[i]);
		}
	appendStringInfoChar(out, ']');
}

static void
put_row(StringInfo out, const AkStage *stage, const AkSpan *span)
{
	int			from = span->start;

	check_stack_depth();
	for (int i = span->first_hole; i < span->last_hole; i++)
	{
		const AkHole *hole = &stage->holes[i];

		appendBinaryStringInfo(out, stage->text.data + from, hole->at - from);
		put_list(out, &stage->lists[hole->list], hole->entry);
		from = hole->at;
	}
	appendBinaryStringInfo(out, stage->text.data + from, span->end - from);
}

/* ---- handing out ---- */

/* Hands the row in `out` on. */
static void
emit_row(AkEncoder *encoder, StringInfo out, const char *key)
{
	SET_VARSIZE(out->data, out->len);
	if (!encoder->run->emit(PointerGetDatum(out->data), key, encoder->run->arg))
		encoder->stopped = true;
}

/* What is handed out beside a row, as text; NULL for a null. */
static char *
key_text(const AkEncoder *encoder, TupleTableSlot *row)
{
	int			column = encoder->run->key;
	AkExternal *external;
	Oid			type;
	bool		isnull;
	Datum		value;

	if (column < 0)
		return NULL;
	type = TupleDescAttr(row->tts_tupleDescriptor, column)->atttypid;
	value = slot_getattr(row, column + 1, &isnull);
	external = encoder->top.externals[column - encoder->top.level->nties];
	if (!isnull && external != NULL)
	{
		value = ak_model_to_external(external, value, &isnull);
		type = ak_model_external_type(external);
	}
	return isnull ? NULL : ak_core_output_iso(type, value);
}

/* Room for the header of a text. */
static void
begin_text(StringInfo out)
{
	resetStringInfo(out);
	appendBinaryStringInfo(out, "\0\0\0\0", VARHDRSZ);
}

/* Forgets what was gathered; returns how much text it was. */
static Size
clear_stage(AkStage *stage)
{
	Size		used = stage->text.len;

	resetStringInfo(&stage->text);
	stage->nspans = 0;
	stage->nholes = 0;
	if (stage->table.places != NULL)
		clear_table(&stage->table);
	for (int i = 0; i < stage->level->nlists; i++)
		used += clear_stage(&stage->lists[i]);
	return used;
}

/* Reads the lists of the gathered rows and hands the rows out. */
static void
hand_out(AkEncoder *encoder)
{
	AkStage    *top = &encoder->top;
	Size		used;

	for (int i = 0; i < top->level->nlists; i++)
		read_list(&top->lists[i]);
	for (int i = 0; i < top->nspans && !encoder->stopped; i++)
	{
		CHECK_FOR_INTERRUPTS();
		begin_text(&encoder->out);
		put_row(&encoder->out, top, &top->spans[i]);
		emit_row(encoder, &encoder->out, top->spans[i].key);
	}
	used = clear_stage(top);
	MemoryContextReset(encoder->gathered);
	if (used < LITTLE_TEXT)
		encoder->most = Min(encoder->most * 2, MOST_ROWS);
	else if (used > MUCH_TEXT)
		encoder->most = Max(encoder->most / 2, LEAST_ROWS);
}

/* A row without lists goes out at once. */
static bool
take_plain_row(TupleTableSlot *row, void *arg)
{
	AkEncoder  *encoder = arg;

	begin_text(&encoder->top.text);
	encode_row(&encoder->top, row);
	emit_row(encoder, &encoder->top.text, key_text(encoder, row));
	return !encoder->stopped;
}

static bool
take_row(TupleTableSlot *row, void *arg)
{
	AkEncoder  *encoder = arg;
	AkStage    *top = &encoder->top;
	MemoryContext old;
	AkSpan	   *span;

	if (top->nspans >= encoder->most || top->text.len > MUCH_TEXT)
		hand_out(encoder);
	if (encoder->stopped)
		return false;
	span = gather_row(top, row);
	old = MemoryContextSwitchTo(encoder->gathered);
	span->key = key_text(encoder, row);
	MemoryContextSwitchTo(old);
	return true;
}

uint64
ak_query_run_level(const AkRun *run, AkStatement *bound)
{
	AkEncoder	encoder = {.run = run, .most = FIRST_ROWS};
	bool		plain = run->level->nlists == 0;
	MemoryContext old = CurrentMemoryContext;
	uint64		count;

	encoder.context = AllocSetContextCreate(old, "aksara encoder", ALLOCSET_DEFAULT_SIZES);
	encoder.garbage = AllocSetContextCreate(encoder.context, "aksara encoder row", ALLOCSET_SMALL_SIZES);
	MemoryContextSwitchTo(encoder.context);
	init_stage(&encoder.top, &encoder, run->level);
	if (!plain)
	{
		encoder.gathered = AllocSetContextCreate(encoder.context, "aksara encoder rows", ALLOCSET_DEFAULT_SIZES);
		initStringInfo(&encoder.out);
	}
	MemoryContextSwitchTo(old);
	count = ak_core_run(bound, run->flags, plain ? take_plain_row : take_row, &encoder);
	/* Once more also where no row came, so that the rights to the lists are asked for. */
	if (!plain)
		hand_out(&encoder);
	MemoryContextDelete(encoder.context);
	return count;
}
