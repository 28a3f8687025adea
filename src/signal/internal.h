/*
 * internal.h
 *		What the parts of room signal share.
 */
#ifndef AK_SIGNAL_INTERNAL_H
#define AK_SIGNAL_INTERNAL_H

#include "commands/trigger.h"
#include "nodes/execnodes.h"

#include "signal/signal.h"

/* ---- names.c: the signals that there are ---- */

typedef enum AkSignal
{
	AK_PRE_SAVE,
	AK_POST_SAVE,
	AK_PRE_DELETE,
	AK_POST_DELETE,
	AK_M2M_CHANGED,
	AK_PRE_BULK,
	AK_POST_BULK,
	AK_CLASS_PREPARED,
	AK_PRE_MIGRATE,
	AK_POST_MIGRATE,
	AK_OWN_SIGNAL				/* made by create_signal() */
} AkSignal;

#define AK_SIGNALS AK_OWN_SIGNAL	/* how many writes and operations send */

extern const char *ak_signal_name(AkSignal signal);
/* AK_OWN_SIGNAL where it is none of those that writes and operations send. */
extern AkSignal ak_signal_named(const char *name);
/* Is it about single rows of a model's table? */
extern bool ak_signal_is_of_row(AkSignal signal);
extern bool ak_signal_is_save(AkSignal signal);
/* May its handler still change or refuse what is about to happen? */
extern bool ak_signal_is_before(AkSignal signal);

/* A signal that somebody made. */
typedef struct AkOwnSignal
{
	char	   *name;
	char	   *role;			/* whose it is; a role's name */
	Oid			seen;			/* the role that the name meant; InvalidOid: not noted */
	List	   *arguments;		/* of char * */
	char	   *description;	/* NULL: none */
} AkOwnSignal;

/* What the registry's picture holds besides the models' own receivers; one a picture. */
typedef struct AkSignals
{
	List	   *own;			/* of AkOwnSignal * */
	List	   *free;			/* of AkReceiver *: of models of a role, and of own signals */
	bool		links_known;
	List	   *links;			/* of AkRelation *: many-to-many relations whose changes somebody may receive */
} AkSignals;

extern void ak_signal_load(AkRegistry *registry);
extern AkSignals *ak_signal_all(AkRegistry *registry);
extern AkOwnSignal *ak_signal_find_own(AkRegistry *registry, const char *name);
/* 42501 unless the current role may act for the one that it was made for. */
extern void ak_signal_require_role(const AkOwnSignal *own);
/* 42704 with the nearest. */
extern void ak_signal_unknown(AkRegistry *registry, const char *name) pg_attribute_noreturn();

/* ---- roles.c: whose they are ---- */

/* The role of a name, by the oid that was noted for it. */
extern Oid	ak_signal_role(const char *name, Oid seen);
/* May the current role act as that one? */
extern bool ak_signal_may_act_as(const char *name, Oid seen);
/* Note the role of a signal and of a receiver; InvalidOid notes nothing. */
extern void ak_signal_note_signal(const char *name, Oid role);
extern void ak_signal_note_receiver(const char *signal, const char *sender, const char *uid, const char *name, Oid role);
/* Brings the names of roles up to date. */
extern void ak_signal_follow_roles(void);

/* ---- receiver.c: one receiver as it is kept ---- */

typedef struct AkReceiver
{
	const char *name;			/* of the signal */
	AkSignal	signal;
	const char *sender;			/* of an own signal: whose alone; NULL: any */
	const char *role;			/* who connected it to more than one model, or to an own signal; else NULL */
	Oid			seen;			/* the role that the name meant; InvalidOid: not noted */
	const char *uid;
	const char *handler;		/* qualified, quoted */
	int64		priority;
	int64		position;		/* in the order of connection */
	bool		async;
	bool		statement;
	bool		native;			/* a trigger function, which PostgreSQL calls */
	const char *condition;		/* SQL over the fields' names; NULL: always */
	const AkJson *fields;		/* names; NULL: all */
	const char *channel;		/* the handler is a NOTIFY on it; NULL: a function */
	const AkJson *data;			/* names of the fields whose values it tells; NULL: none */
	const AkJson *definition;	/* as it is kept */
} AkReceiver;

/* From its definition; NULL where that is not well formed. */
extern AkReceiver *ak_signal_read_receiver(const AkJson *definition);
/* Those of a model's meta; and with those of all models that count for it, in the order in which they run. */
extern List *ak_signal_own_receivers(const AkModel *model);
extern List *ak_signal_receivers(AkModel *model);
/* In the order in which they run. */
extern int	ak_signal_compare(const ListCell *a, const ListCell *b);
/* Does a receiver of all models count for this one?  Its role must be able to act as the table's owner. */
extern bool ak_signal_counts_for(const AkReceiver *receiver, const AkModel *model);

/* ---- find.c: receivers that are there ---- */

/* Did the current role connect it? */
extern bool ak_signal_is_own(const AkReceiver *receiver);
/* Those that may run beside a new one: of the model, or where there is none, of all of the current role. */
extern List *ak_signal_neighbours(AkModel *model);
/*
 * The model's receivers of a signal.  Where there is no model: of the sender that
 * the operation names, first the current role's own, then those of roles that it may act as.
 */
extern List *ak_signal_find_all(const AkJson *op, const AkModel *model, const char *signal);
extern const AkReceiver *ak_signal_find_uid(const List *receivers, const char *uid);
/* By the name of its function, be it there or not. */
extern const AkReceiver *ak_signal_find_function(const List *receivers, const char *handler);

/* ---- handler.c: functions that receive ---- */

typedef enum AkForm
{
	AK_TYPED,					/* f(row, …) */
	AK_GENERAL,					/* f(aksara.event) */
	AK_TRIGGER					/* f() RETURNS trigger, of statements */
} AkForm;

typedef enum AkParameter
{
	AK_INSTANCE,
	AK_PREVIOUS,
	AK_CREATED,
	AK_UPDATE_FIELDS,
	AK_SIGNAL_NAME,
	AK_SENDER
} AkParameter;

#define AK_MOST_PARAMETERS 6

typedef struct AkHandler
{
	Oid			function;
	AkForm		form;
	Oid			result;
	int			count;			/* TYPED: of parameters */
	AkParameter parameters[AK_MOST_PARAMETERS];
} AkHandler;

/* What is asked of a handler. */
typedef struct AkWanted
{
	const AkModel *model;		/* NULL: of no model */
	const char *signal;
	AkSignal	kind;
	bool		statement;
	bool		async;
} AkWanted;

/* 42883 where no function of the name fits, 42725 where several do, 42P13 for what it returns. */
extern void ak_signal_find_handler(const char *name, const AkWanted *wanted, AkHandler *handler);
/* The same; false where none fits. */
extern bool ak_signal_has_handler(const char *name, const AkWanted *wanted, AkHandler *handler);
/* May the current role look into the schema that is named? */
extern bool ak_signal_sees_handler(const char *name);
extern char *ak_signal_handler_name(const AkHandler *handler);

/* ---- event.c: what a general handler is told ---- */

typedef struct AkEvent
{
	const char *signal;
	const char *sender;
	Datum		instance;		/* jsonb; 0: NULL, as below */
	Datum		previous;
	int			created;		/* -1: NULL */
	Datum		update_fields;
	const char *action;
	Datum		ids;
	Datum		extra;
	const AkField *field;		/* m2m_changed: whose links; told in `extra` */
} AkEvent;

extern Oid	ak_signal_event_type(void);
/* As a value of aksara.event. */
struct AkReceivers;
extern TupleDesc ak_signal_event_desc(struct AkReceivers *receivers);
extern Datum ak_signal_event_value(TupleDesc desc, const AkEvent *event);

/* ---- call.c: receivers made ready for a role, and called ---- */

typedef struct AkCall
{
	const AkReceiver *receiver;
	AkHandler	handler;
	FmgrInfo	function;
	FunctionCallInfo fcinfo;
	uint64		changes;		/* of functions, when it was last looked at */
	ExprState  *condition;		/* NULL: always */
	List	   *fields;			/* of AkField *; NIL: all */
	List	   *data;			/* of AkField *: what a NOTIFY tells the values of */
} AkCall;

/* Of rows, and of statements; what is neither is of the first. */
typedef enum AkSignalLevel
{
	AK_OF_ROW,
	AK_OF_STATEMENT
} AkSignalLevel;

#define AK_LEVELS 2

typedef struct AkReceivers
{
	AkForRole	kept_for;		/* MUST BE FIRST */
	AkModel    *model;
	bool		ready[AK_LEVELS][AK_SIGNALS];
	List	   *calls[AK_LEVELS][AK_SIGNALS];	/* of AkCall * */
	TupleTableSlot *slot;		/* a row, for conditions and documents */
	ExprContext *econtext;
	ExprState  *document;		/* the row in the slot as jsonb; NULL: not made yet */
	TupleDesc	event;			/* NULL: not looked up yet */
	List	   *maps;			/* of AkMap *: partitions whose rows look otherwise */
} AkReceivers;

extern AkReceivers *ak_signal_for_role(AkModel *model);
/* The calls of a signal, in order; NIL: nobody receives it. */
extern List *ak_signal_calls(AkReceivers *receivers, AkSignal signal, AkSignalLevel level);
/* One call of a handler that takes an event; its result, NULL where there is none. */
extern Datum ak_signal_call_general(AkCall *call, Datum event, bool *isnull);
/* Makes a receiver's handler ready; in CurrentMemoryContext. */
extern AkCall *ak_signal_prepare(const AkReceiver *receiver, const AkModel *model);
/* Calls it with the arguments that stand in its fcinfo. */
extern Datum ak_signal_invoke(AkCall *call, bool *isnull);

/*
 * Runs handlers: the list (NULL: none) is in use meanwhile.  54001 where they
 * stand in one another deeper than aksara.signal_max_depth.
 */
extern void ak_signal_within(AkReceivers *receivers, const char *signal, const char *sender, void (*run) (void *), void *arg);
extern void ak_signal_settings_init(void);
extern int	ak_signal_max_depth(void);

/* That it may be set to. */
#define AK_MOST_DEPTH 1000

/* ---- send.c: signals that are not of single rows ---- */

/* Tells a model's receivers of the signal, one after the other. */
extern void ak_signal_send(AkModel *model, AkSignal signal, AkSignalLevel level, AkEvent *event);
/* Does anybody receive it? */
extern bool ak_signal_is_received(AkModel *model, AkSignal signal, AkSignalLevel level);
/* What a handler answered as to_jsonb() gives it; 0: NULL. */
extern Datum ak_signal_answer(Oid type, Datum value, bool isnull);

/* ---- ids.c: keys of rows, as events list them ---- */

typedef struct AkIds
{
	const AkModel *model;
	AkJson	   *list;
	int			count;			/* of all so far */
	void		(*full) (struct AkIds *ids, void *arg);	/* called with a list that is full, and with the rest */
	void	   *arg;
} AkIds;

/* As many stand in one event. */
#define AK_MOST_IDS 1000

/* A key as JSON: its value, or an object where it has several fields. */
extern AkJson *ak_signal_key(const AkModel *model, TupleTableSlot *slot);
extern void ak_signal_add_id(AkIds *ids, AkJson *id);
extern void ak_signal_end_ids(AkIds *ids);
extern Datum ak_signal_jsonb(const AkJson *value);

/* ---- links.c: m2m_changed ---- */

extern uint64 ak_signal_change_links(const AkLink *link, AkLinkAction action, AkLinkFn run);
/* The many-to-many relations over a table whose changes somebody may receive, of AkRelation *. */
extern bool ak_signal_has_link_receivers(AkRegistry *registry);
extern List *ak_signal_received_links(AkRegistry *registry, Oid junction);

/* ---- bulk.c ---- */

extern const AkBulkWatch ak_signal_bulk_watch;
extern bool ak_signal_watches_deletes(AkModel *model);

/* ---- own.c: signals that somebody makes ---- */

extern void ak_signal_own_init(void);

/* ---- async.c: handlers that run after the transaction has committed ---- */

/* Has the receiver's handler called with the event by a task of the current role, if the transaction commits. */
extern void ak_signal_defer(const AkReceiver *receiver, const AkEvent *event);

/* ---- args.c: such a call as the arguments of a task ---- */

/* As jsonb. */
extern Datum ak_signal_write_args(const char *handler, int depth, const AkEvent *event);
/* The handler's name; 22023 where they are not well formed. */
extern char *ak_signal_read_args(Datum args, int *depth, AkEvent *event);

/* ---- publish.c ---- */

/* What stands in the place of a handler's name. */
#define AK_PUBLISHER "aksara.publish"

/* 22023 for a name that NOTIFY does not take. */
extern void ak_signal_check_channel(const char *channel);

/* ---- triggers.c: what a table with receivers has ---- */

/* Makes and drops the triggers that the model's receivers need.  The caller owns the table. */
extern void ak_signal_fit_triggers(AkModel *model);
/* Listener: before a model is forgotten whose table stays. */
extern void ak_signal_drop_triggers(const AkModel *model);
/* The name of one that its table should have and has not; NULL: it has them all. */
extern char *ak_signal_missing_trigger(AkModel *model);
/* Those of the junctions that the current role owns. */
extern void ak_signal_fit_links(void);
/* All of these, for all models whose tables the current role owns. */
extern void ak_signal_fit_all(void);
/* Locks these tables, so that nobody else is connecting a receiver of theirs. */
extern void ak_signal_lock_all(void);

/* ---- disable.c ---- */

extern bool ak_signal_is_off(Oid relid);
extern void ak_signal_disable_init(void);

/* ---- connect.c ---- */

extern void ak_signal_operations_init(void);
extern const AkMetaOption ak_signal_meta_receivers;
/* Connects what a model's definition names. */
extern void ak_signal_connect_defined(AkModel *model);

/* ---- follow.c ---- */

extern void ak_signal_field_renamed(const AkField *field, const char *new_name);
extern void ak_signal_reconcile(void);
extern void ak_signal_check(const AkModel *model, AkFindings *findings);

#endif
