/*
 * statement.c
 *		SQL with bound parameters, run as the caller.
 *
 * A statement is text in which every value is a parameter and every name is
 * quoted and qualified.  Its plan is kept by text and parameter types, that
 * is by the shape of the question, never by its values, and by role: the use
 * of a schema is granted where names are looked up, which is done once for a
 * plan.  PostgreSQL's plan cache decides between generic and custom plans and
 * notices changes of schema and row security.  At most MOST_PLANS are kept,
 * the least recently used goes first; a plan that is running is never freed.
 *
 * This file is the only one that talks to SPI.
 */
#include "postgres.h"

#include "access/xact.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "core/core.h"

#define MOST_PLANS 512

/* A plan that is kept.  The hash key is a 64-bit digest of text, types and role. */
typedef struct AkPlan
{
	uint64		digest;			/* hash key: MUST BE FIRST */
	Oid			role;
	char	   *sql;
	int			nparams;
	Oid		   *types;
	bool		generic;
	SPIPlanPtr	plan;
	int			running;
	dlist_node	node;			/* in plans_by_use, most recent first */
} AkPlan;

/* Hands rows to a function. */
typedef struct AkReceiver
{
	DestReceiver head;			/* MUST BE FIRST */
	AkRowFn		each;
	void	   *arg;
	MemoryContext context;
	uint64		count;
} AkReceiver;

static HTAB *plans = NULL;
static dlist_head plans_by_use = DLIST_STATIC_INIT(plans_by_use);
static MemoryContext plan_context = NULL;

/* ---- building ---- */

void
ak_core_statement_init(AkStatement *st)
{
	memset(st, 0, sizeof(AkStatement));
	initStringInfo(&st->sql);
}

static void
reserve_parameter(AkStatement *st)
{
	if (st->nparams < st->room)
		return;
	if (st->nparams >= PG_UINT16_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a statement cannot have more than %d values", PG_UINT16_MAX)));
	st->room = st->room == 0 ? 8 : st->room * 2;
	if (st->types == NULL)
	{
		st->types = palloc(st->room * sizeof(Oid));
		st->values = palloc(st->room * sizeof(Datum));
		st->nulls = palloc(st->room);
		st->origins = palloc(st->room * sizeof(void *));
	}
	else
	{
		st->types = repalloc(st->types, st->room * sizeof(Oid));
		st->values = repalloc(st->values, st->room * sizeof(Datum));
		st->nulls = repalloc(st->nulls, st->room);
		st->origins = repalloc(st->origins, st->room * sizeof(void *));
	}
}

void
ak_core_bind_again(AkStatement *st, int number)
{
	if (st->nplaces >= st->places_room)
	{
		st->places_room = st->places_room == 0 ? 8 : st->places_room * 2;
		st->places = st->places ? repalloc(st->places, st->places_room * sizeof(int))
			: palloc(st->places_room * sizeof(int));
		st->numbers = st->numbers ? repalloc(st->numbers, st->places_room * sizeof(int))
			: palloc(st->places_room * sizeof(int));
	}
	st->places[st->nplaces] = st->sql.len;
	st->numbers[st->nplaces++] = number;
	appendStringInfo(&st->sql, "$%d", number);
}

int
ak_core_bind(AkStatement *st, Oid type, Datum value, bool isnull)
{
	reserve_parameter(st);
	st->types[st->nparams] = type;
	st->values[st->nparams] = value;
	st->nulls[st->nparams] = isnull ? 'n' : ' ';
	st->origins[st->nparams] = NULL;
	st->nparams++;
	ak_core_bind_again(st, st->nparams);
	return st->nparams;
}

int
ak_core_bind_text(AkStatement *st, const char *value)
{
	return ak_core_bind(st, TEXTOID, CStringGetTextDatum(value), false);
}

void
ak_core_bind_origin(AkStatement *st, void *origin)
{
	Assert(st->nparams > 0);
	st->origins[st->nparams - 1] = origin;
}

/* A value as a literal with its type, e.g. '42'::int4. */
static void
append_literal(StringInfo out, Oid type, Datum value, bool isnull)
{
	if (isnull)
		appendStringInfoString(out, "NULL");
	else
		appendStringInfoString(out, quote_literal_cstr(ak_core_output_iso(type, value)));
	appendStringInfo(out, "::%s", ak_core_type_name(type, -1));
}

char *
ak_core_statement_text(const AkStatement *st)
{
	StringInfoData out;
	int			done = 0;

	initStringInfo(&out);
	for (int i = 0; i < st->nplaces; i++)
	{
		int			n = st->numbers[i] - 1;

		appendBinaryStringInfo(&out, st->sql.data + done, st->places[i] - done);
		append_literal(&out, st->types[n], st->values[n], st->nulls[n] == 'n');
		done = st->places[i] + snprintf(NULL, 0, "$%d", n + 1);
	}
	appendStringInfoString(&out, st->sql.data + done);
	return out.data;
}

/* ---- plans ---- */

void
ak_core_statement_seal(AkStatement *st)
{
	st->digest = hash_bytes_extended((const unsigned char *) st->sql.data, st->sql.len,
									 hash_bytes_extended((const unsigned char *) st->types,
														 st->nparams * sizeof(Oid), 0));
}

static uint64
digest_of(AkStatement *st)
{
	if (st->digest == 0)
		ak_core_statement_seal(st);
	return hash_combine64(st->digest, GetUserId());
}

static void
make_plan_cache(void)
{
	HASHCTL		ctl = {0};

	plan_context = AllocSetContextCreate(CacheMemoryContext, "aksara plans", ALLOCSET_DEFAULT_SIZES);
	ctl.keysize = sizeof(uint64);
	ctl.entrysize = sizeof(AkPlan);
	ctl.hcxt = plan_context;
	plans = hash_create("aksara plans", MOST_PLANS, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Frees a plan and forgets it. */
static void
drop_plan(AkPlan *entry)
{
	dlist_delete(&entry->node);
	SPI_freeplan(entry->plan);
	pfree(entry->sql);
	if (entry->types)
		pfree(entry->types);
	hash_search(plans, &entry->digest, HASH_REMOVE, NULL);
}

/* Makes room for one more, least recently used first, passing over those that run. */
static void
make_room(void)
{
	dlist_node *node = dlist_is_empty(&plans_by_use) ? NULL : dlist_tail_node(&plans_by_use);

	while (hash_get_num_entries(plans) >= MOST_PLANS && node != NULL)
	{
		AkPlan	   *entry = dlist_container(AkPlan, node, node);

		node = dlist_has_prev(&plans_by_use, node) ? dlist_prev_node(&plans_by_use, node) : NULL;
		if (entry->running == 0)
			drop_plan(entry);
	}
}

static bool
same_statement(const AkPlan *entry, const AkStatement *st)
{
	return entry->role == GetUserId() && entry->nparams == st->nparams && entry->generic == st->generic &&
		strcmp(entry->sql, st->sql.data) == 0 &&
		(st->nparams == 0 || memcmp(entry->types, st->types, sizeof(Oid) * st->nparams) == 0);
}

static SPIPlanPtr
prepare(const AkStatement *st)
{
	SPIPlanPtr	plan = SPI_prepare_cursor(st->sql.data, st->nparams, st->types,
										  st->generic ? CURSOR_OPT_GENERIC_PLAN : 0);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare_cursor returned %s", SPI_result_code_string(SPI_result));
	return plan;
}

/* Keeps a prepared plan.  The entry appears only when nothing can fail any more. */
static AkPlan *
keep_plan(uint64 digest, const AkStatement *st, SPIPlanPtr plan)
{
	MemoryContext old = MemoryContextSwitchTo(plan_context);
	char	   *sql = pstrdup(st->sql.data);
	Oid		   *types = NULL;
	AkPlan	   *entry;
	bool		found;

	if (st->nparams > 0)
	{
		types = palloc(sizeof(Oid) * st->nparams);
		memcpy(types, st->types, sizeof(Oid) * st->nparams);
	}
	MemoryContextSwitchTo(old);
	entry = hash_search(plans, &digest, HASH_ENTER, &found);
	Assert(!found);
	SPI_keepplan(plan);
	entry->role = GetUserId();
	entry->sql = sql;
	entry->types = types;
	entry->generic = st->generic;
	entry->nparams = st->nparams;
	entry->plan = plan;
	entry->running = 0;
	dlist_push_head(&plans_by_use, &entry->node);
	return entry;
}

/* The kept plan of a statement; NULL when its digest is taken by another text that runs. */
static AkPlan *
find_plan(AkStatement *st)
{
	uint64		digest = digest_of(st);
	AkPlan	   *entry;
	SPIPlanPtr	plan;

	if (plans == NULL)
		make_plan_cache();
	entry = hash_search(plans, &digest, HASH_FIND, NULL);
	if (entry != NULL && same_statement(entry, st))
	{
		dlist_move_head(&plans_by_use, &entry->node);
		return entry;
	}
	if (entry != NULL)
	{
		if (entry->running > 0)
			return NULL;
		drop_plan(entry);
	}
	make_room();
	plan = prepare(st);
	/* Preparing may have run user code that came here with the same text. */
	if (hash_search(plans, &digest, HASH_FIND, NULL) != NULL)
		return NULL;
	return keep_plan(digest, st, plan);
}

/* ---- running ---- */

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	AkReceiver *receiver = (AkReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(receiver->context);
	bool		more = receiver->each(slot, receiver->arg);

	MemoryContextSwitchTo(old);
	receiver->count++;
	return more;
}

static void
receive_startup(DestReceiver *self, int operation, TupleDesc desc)
{
}

static void
receive_nothing(DestReceiver *self)
{
}

static void
init_receiver(AkReceiver *receiver, AkRowFn each, void *arg)
{
	memset(receiver, 0, sizeof(AkReceiver));
	receiver->head.receiveSlot = receive_row;
	receiver->head.rStartup = receive_startup;
	receiver->head.rShutdown = receive_nothing;
	receiver->head.rDestroy = receive_nothing;
	receiver->head.mydest = DestNone;
	receiver->each = each;
	receiver->arg = arg;
	receiver->context = CurrentMemoryContext;
}

/* The statement's values as a parameter list. */
static ParamListInfo
parameters(const AkStatement *st)
{
	ParamListInfo list;

	if (st->nparams == 0)
		return NULL;
	list = makeParamList(st->nparams);
	for (int i = 0; i < st->nparams; i++)
	{
		list->params[i].value = st->values[i];
		list->params[i].isnull = st->nulls[i] == 'n';
		list->params[i].pflags = PARAM_FLAG_CONST;
		list->params[i].ptype = st->types[i];
	}
	return list;
}

static uint64
execute(SPIPlanPtr plan, const AkStatement *st, int flags, AkRowFn each, void *arg,
		MemoryContext caller)
{
	AkReceiver	receiver;
	SPIExecuteOptions options = {0};
	int			rc;

	init_receiver(&receiver, each, arg);
	receiver.context = caller;
	options.params = parameters(st);
	options.read_only = (flags & AK_RUN_READ) != 0;
	options.dest = each ? &receiver.head : NULL;
	rc = SPI_execute_plan_extended(plan, &options);
	if (rc < 0)
		elog(ERROR, "SPI_execute_plan_extended returned %s", SPI_result_code_string(rc));
	return each ? receiver.count : SPI_processed;
}

/* Runs a kept plan, marked so that it is not freed meanwhile. */
static pg_noinline uint64
execute_marked(AkPlan *entry, const AkStatement *st, int flags, AkRowFn each, void *arg,
			   MemoryContext caller)
{
	volatile uint64 count = 0;

	entry->running++;
	PG_TRY();
	{
		count = execute(entry->plan, st, flags, each, arg, caller);
	}
	PG_FINALLY();
	{
		entry->running--;
	}
	PG_END_TRY();
	return count;
}

static uint64
run_kept(AkStatement *st, int flags, AkRowFn each, void *arg, MemoryContext caller)
{
	AkPlan	   *entry = find_plan(st);

	if (entry == NULL)
		return execute(prepare(st), st, flags, each, arg, caller);
	return execute_marked(entry, st, flags, each, arg, caller);
}

uint64
ak_core_run(AkStatement *st, int flags, AkRowFn each, void *arg)
{
	MemoryContext caller = CurrentMemoryContext;
	uint64		count;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (flags & AK_RUN_DDL)
		count = execute(prepare(st), st, flags, each, arg, caller);
	else
		count = run_kept(st, flags, each, arg, caller);
	SPI_finish();
	return count;
}

/*
 * Runs a statement over one table as that table's owner, as referential
 * triggers do; a thrown error restores the user through PG_FINALLY.
 */
uint64
ak_core_run_as_owner(Oid role, AkStatement *st, int flags, AkRowFn each, void *arg)
{
	Oid			user;
	int			context;
	volatile uint64 count = 0;

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(role, context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
	PG_TRY();
	{
		count = ak_core_run(st, flags, each, arg);
	}
	PG_FINALLY();
	{
		SetUserIdAndSecContext(user, context);
	}
	PG_END_TRY();
	return count;
}

Datum
ak_core_value_as_jsonb(Oid type, Datum value)
{
	AkStatement st;
	Datum		out;
	bool		isnull;

	ak_core_statement_init(&st);
	appendStringInfoString(&st.sql, "SELECT pg_catalog.to_jsonb(");
	ak_core_bind(&st, type, value, false);
	appendStringInfoChar(&st.sql, ')');
	return ak_core_run_one(&st, 0, &out, &isnull) && !isnull ? out : (Datum) 0;
}

AkStatement
ak_core_statement_behind(const AkStatement *st, const char *head, int from)
{
	AkStatement out = *st;

	initStringInfo(&out.sql);
	appendStringInfo(&out.sql, "%s%s", head, st->sql.data + from);
	out.places = out.numbers = NULL;
	out.nplaces = out.places_room = 0;
	out.digest = 0;
	return out;
}

/* Where the session belongs to the role there is nobody else to become. */
void
ak_core_as_role(Oid role, void (*run) (void *), void *arg)
{
	Oid			user;
	int			context;

	GetUserIdAndSecContext(&user, &context);
	if (user == role && GetSessionUserId() == role && GetAuthenticatedUserId() == role)
	{
		run(arg);
		return;
	}
	SetUserIdAndSecContext(role, context | SECURITY_LOCAL_USERID_CHANGE);
	PG_TRY();
	{
		run(arg);
	}
	PG_FINALLY();
	{
		SetUserIdAndSecContext(user, context);
	}
	PG_END_TRY();
}

void
ak_core_ddl(const char *format,...)
{
	AkStatement st;

	ak_core_statement_init(&st);
	for (;;)
	{
		va_list		args;
		int			needed;

		va_start(args, format);
		needed = appendStringInfoVA(&st.sql, format, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&st.sql, needed);
	}
	ak_core_run(&st, AK_RUN_DDL, NULL, NULL);
	CommandCounterIncrement();
}

typedef struct AkFirst
{
	Datum		value;
	bool		isnull;
	bool		found;
} AkFirst;

static bool
take_first(TupleTableSlot *row, void *arg)
{
	AkFirst    *first = arg;
	Form_pg_attribute column = TupleDescAttr(row->tts_tupleDescriptor, 0);
	Datum		value;

	if (first->found)
		return false;
	value = slot_getattr(row, 1, &first->isnull);
	if (!first->isnull)
		first->value = datumCopy(value, column->attbyval, column->attlen);
	first->found = true;
	return true;
}

bool
ak_core_run_one(AkStatement *st, int flags, Datum *value, bool *isnull)
{
	AkFirst		first = {0};

	ak_core_run(st, flags, take_first, &first);
	*value = first.value;
	*isnull = first.isnull || !first.found;
	return first.found;
}
