/*
 * internal.h
 *		What the parts of room relation share.
 *
 *	types.c		the three field types			options.c	to, on_delete, related_name, through
 *	expression.c	the text of SET(expr)		store.c		statements over aksara.relation
 *	load.c		rows → AkRelation				accessor.c	names, clashes, steps
 *	connect.c	a relation meets its target		junction.c	tables of many-to-many relations
 *	guard.c		the trigger on targets			on_delete.c	what it does
 *	blocker.c	rows that stand in the way		delete.c	counted, forgiving deletes
 *	link.c		related_* that SQL calls		link_sql.c	their statements
 *	change.c	renames and drops of models		reconcile.c	changes by hand
 *	catalog.c	what the catalogs say			admit.c		rows of a restored dump
 *	check.c		for check_registry()			alter.c		relations defined anew
 */
#ifndef AK_RELATION_INTERNAL_H
#define AK_RELATION_INTERNAL_H

#include "relation/relation.h"

/* A relation as its definition states it: AkFieldDef.extra. */
typedef struct AkRelationDef
{
	AkRelationKind kind;
	char	   *target_app;
	char	   *target_name;
	bool		self;
	AkModel    *target;			/* NULL: self, or not defined yet */
	char	   *related_name;	/* as written; NULL: the default */
	AkOnDelete	on_delete;
	char	   *set_expression; /* deparsed */
	char	   *through_app;
	char	   *through_name;
	char	   *to_field;		/* NULL: the key */
} AkRelationDef;

/* What `deferrable` says. */
typedef enum AkDeferral
{
	AK_NOT_DEFERRABLE,
	AK_DEFERRED,				/* checked when the transaction ends */
	AK_IMMEDIATE				/* unless SET CONSTRAINTS says otherwise */
} AkDeferral;

/* ---- options.c ---- */

extern AkRelationDef *ak_relation_read_options(AkFieldDef *def, AkRelationKind kind);
/* Of a field's options, in a definition or as registered. */
extern AkDeferral ak_relation_deferral(const char *field, const AkJson *options);
extern const char *ak_relation_on_delete_word(AkOnDelete on_delete);
extern AkOnDelete ak_relation_on_delete_kind(const char *word);
extern const char *ak_relation_kind_word(AkRelationKind kind);
extern AkRelationKind ak_relation_word_kind(const char *word);

/* ---- expression.c ---- */

/* One expression of SQL text, analysed and deparsed with names qualified; 42P16 naming `field` when it is anything else. */
extern char *ak_relation_expression(const char *source, const char *field);
/* Such a deparse made a value of the type. */
extern char *ak_relation_expression_of_type(const char *deparsed, Oid type, int32 typmod, const char *field);

/* ---- types.c ---- */

extern void ak_relation_register_types(void);
/* A value of a definition as a literal of the type. */
extern char *ak_relation_literal(const char *field, const AkJson *value, Oid type, int32 typmod);

/* ---- catalog.c ---- */

extern Oid	ak_relation_owner(Oid relid);
/* "ONLY " or nothing, as a native key reads the table. */
extern const char *ak_relation_only(Oid relid);
/* The native key from this column alone to `target`, or NULL; `referenced`, if wanted, gets the column it points at. */
extern char *ak_relation_native_key(Oid relid, AttrNumber column, Oid target, AttrNumber *referenced);
/* Is there a unique index over this column alone, of all rows, checked at once? */
extern bool ak_relation_is_unique(Oid relid, AttrNumber column);

/* ---- load.c ---- */

extern void ak_relation_load(AkRegistry *registry);
/* The relation of a field in the present picture; NULL when there is none. */
extern AkRelation *ak_relation_find(const char *app, const char *model, const char *field);
/* Is a junction named that is not there (a partial restore)? */
extern bool ak_relation_is_dangling(const AkRelation *relation);

/* ---- accessor.c ---- */

extern char *ak_relation_default_name(const char *model, AkRelationKind kind);
extern void ak_relation_check_accessor_name(const char *field, const char *name);
/* 42P16 when the relation's accessor is taken on its target, or by another relation that has a right to it. */
extern void ak_relation_check_accessor(const AkRelation *relation);
extern void ak_relation_check_field_name(const char *app, const char *model, const char *field);

/* ---- store.c: the constant statements over this room's tables ---- */

extern void ak_relation_store(const AkFieldDef *def, const AkRelationDef *relation);
extern void ak_relation_store_constraint(const AkRelation *relation, const char *constraint,
										 const char *set_expression);
extern void ak_relation_store_oids(const AkRelation *relation, Oid target, Oid through);
extern void ak_relation_store_target_column(const AkRelation *relation, const AkField *key);
extern void ak_relation_store_definition(const AkFieldDef *def, const AkRelationDef *relation);
extern void ak_relation_store_accessor(const AkFieldDef *def, const AkRelationDef *relation);
extern void ak_relation_store_junction(const AkRelation *relation, Oid target, const char *schema,
									   const char *table, const char *source_column,
									   const char *target_column);
extern void ak_relation_store_target(const char *app, const char *name, const char *old_app,
									 const char *old_name);
extern void ak_relation_forget_junction(Oid junction);

/* ---- connect.c ---- */

/* Builds what a relation whose target is there still lacks. */
extern void ak_relation_connect(AkRelation *relation);
/* Lets go of the native key, as far as it is there. */
extern void ak_relation_disconnect(const AkRelation *relation);
/* The field of `target` that a relation refers to; 42P16 unless it is there and unique. */
extern AkField *ak_relation_referenced(const AkModel *target, const char *to_field, const char *field);
/* The same for every relation that waits for this model. */
extern void ak_relation_connect_waiting(const AkModel *model);
extern void ak_relation_rename_constraint(const AkRelation *relation, const char *old_column);

/* ---- junction.c ---- */

extern void ak_relation_create_junction(AkRelation *relation);
extern void ak_relation_drop_junction(const AkRelation *relation);
/* Names the junction after its models and field, where its names were made so. */
extern void ak_relation_rename_junction(const AkRelation *relation, const char *old_source,
										const char *old_target, const char *old_field);
/* 42P16 unless the through model has one foreign key to each side; `complete`: all its keys are there. */
extern void ak_relation_check_through(const AkRelation *relation, bool complete);
/* The same for every relation that goes through a model. */
extern void ak_relation_check_as_through(const AkModel *model, bool complete);

/* 2BP01 when a many-to-many relation goes through this foreign key. */
extern void ak_relation_check_unused(const AkField *field);

/* ---- guard.c ---- */

/* Does the relation need the trigger on its target? */
extern bool ak_relation_is_guarded(const AkRelation *relation);
extern void ak_relation_guard(const AkRelation *relation);
/* Drops the trigger when this relation was the last that needed it. */
extern void ak_relation_unguard(const AkRelation *relation);

/* ---- blocker.c ---- */

/* Keys of rows that go. */
typedef struct AkGoing
{
	Oid			type;			/* of one key */
	Datum		keys;			/* one key, or an array of them */
	bool		list;
	Datum		except;			/* an array of those that stay after all; 0: none */
} AkGoing;

/* Rows that refer to rows that go, over one relation. */
typedef struct AkBlocker
{
	AkRelation *relation;
	AkJson	   *keys;			/* those the caller may see, at most ten */
	bool		more;			/* there are others, or some he may not see */
} AkBlocker;

/* NULL when no row refers to them; `flags` as for ak_core_run. */
extern AkBlocker *ak_relation_find_blocker(AkRelation *relation, const AkGoing *going, int flags);
/* 23001 with the blockers, of AkBlocker *, in DETAIL. */
extern void ak_relation_raise_blockers(List *blockers) pg_attribute_noreturn();

/* ---- delete.c ---- */

/* Is ak_relation_delete at work? */
extern bool ak_relation_is_deleting(void);
/* Notes a key that goes, for a check when the whole delete is done. */
extern void ak_relation_note_going(const AkRelation *relation, Oid type, Datum key);

/* ---- link_sql.c ---- */

/* Each returns the links it removed. */
extern uint64 ak_relation_unlink(const AkLink *link);
extern uint64 ak_relation_unlink_all(const AkLink *link);
/* Are all targets linked? */
extern bool ak_relation_is_linked(const AkLink *link);

/* ---- check.c ---- */

extern void ak_relation_check(const AkModel *model, AkFindings *findings);

/* ---- alter.c: alter_field ---- */

extern void ak_relation_altering(const AkField *old, AkFieldDef *new);
extern void ak_relation_altered(const AkField *old, AkFieldDef *new);

/* ---- change.c, reconcile.c ---- */

extern void ak_relation_model_renamed(AkModel *model, const char *old_app, const char *old_name);
extern void ak_relation_model_dropping(AkModel *model, bool cascade);
extern void ak_relation_reconcile(void);

#endif
