/*
 * relation.h
 *		Front door of room relation: foreign keys, one-to-one, many-to-many,
 *		what happens on delete, and links.
 */
#ifndef AK_RELATION_H
#define AK_RELATION_H

#include "model/model.h"

typedef enum AkRelationKind
{
	AK_FOREIGN_KEY,
	AK_ONE_TO_ONE,
	AK_MANY_TO_MANY
} AkRelationKind;

typedef enum AkOnDelete
{
	AK_CASCADE,
	AK_PROTECT,
	AK_RESTRICT,
	AK_SET_NULL,
	AK_SET_DEFAULT,
	AK_SET_VALUE,				/* SET(expr) */
	AK_DO_NOTHING
} AkOnDelete;

/* One relation, as its defining field states it. */
typedef struct AkRelation
{
	AkRelationKind kind;
	AkModel    *source;
	AkField    *field;			/* of source */
	char	   *target_app;
	char	   *target_name;
	AkModel    *target;			/* NULL while the relation is pending */
	char	   *related_name;	/* reverse accessor; NULL when hidden ("+") */
	AkOnDelete	on_delete;
	char	   *set_expression; /* SET(expr): deparsed, qualified SQL */
	bool		unconstrained;	/* db_constraint: false: there is to be no native key */
	bool		symmetrical;	/* a self many-to-many whose links have no direction */

	/*
	 * FOREIGN_KEY, ONE_TO_ONE: the fields of source that refer, and those of
	 * target that they refer to, in one order, of AkField *.  A relation with a
	 * column of its own is its only source field.  No target fields while
	 * pending.
	 */
	List	   *source_fields;
	List	   *target_fields;
	char	   *constraint;		/* name of the native key; NULL while pending, or when dropped by hand */
	Oid			seen_target;	/* the table it was connected to */

	/* MANY_TO_MANY: the junction; its columns point at the key fields of source and target, in their order. */
	char	   *junction_schema;
	char	   *junction_table;
	char	   *junction_sql;	/* quoted schema.table */
	Oid			junction_relid; /* InvalidOid: not there (pending or dropped) */
	AkModel    *through;		/* the through model, NULL for an automatic junction */
	bool		goes_through;	/* a through model is named, be it defined or not */
	List	   *source_columns; /* of char *; FOREIGN_KEY, ONE_TO_ONE: see store.c */
	List	   *target_columns; /* the same */
} AkRelation;

/* AkModel.relations: the relations that touch a model. */
typedef struct AkRelations
{
	List	   *forward;		/* of AkRelation *: defined by this model */
	List	   *reverse;		/* of AkRelation *: pointing at this model */
} AkRelations;

/* One step from a model along a relation, in either direction. */
typedef struct AkStep
{
	const char *accessor;		/* the word in the path */
	AkRelation *relation;
	bool		reverse;
	bool		many;			/* may meet several rows */
	AkModel    *from;
	AkModel    *to;				/* never NULL: a pending target is an error */
} AkStep;

extern void ak_relation_init(void);

/*
 * The step that `accessor` (a relation field's name or a reverse accessor)
 * takes from `model`; false when the model has no such accessor.  42P01 when
 * the relation's target is still pending.
 */
extern bool ak_relation_step(AkModel *model, const char *accessor, AkStep *step);
/* The accessors of a model, for hints: List of char *. */
extern List *ak_relation_accessors(const AkModel *model);

/*
 * For a to-one or reverse step without a junction: the fields that tie the
 * two tables, pair by pair, of AkField *.  from_fields belong to step->from, to_fields to step->to.
 */
extern void ak_relation_columns(const AkStep *step, List **from_fields, List **to_fields);
/*
 * For a many-to-many step: the junction's columns that point at step->from's key and those at step->to's, of char *.
 */
extern void ak_relation_junction(const AkStep *step, List **from_columns, List **to_columns);
/* A model's key fields as a list of AkField *; NIL where it has none. */
extern List *ak_relation_key_fields(const AkModel *model);

/*
 * Runs `delete_rows` (one native DELETE over model's table, called t0; what
 * follows that is its restriction) with the model's
 * RESTRICT keys deferred over it, so that what the same call deletes is
 * forgiven; raises 23001 for what is left.  Returns the rows deleted by model
 * label, cascades included: {"total": n, "by_model": {…}}.
 */
extern AkJson *ak_relation_delete(AkModel *model, AkStatement *delete_rows, int restriction);

/* Is somebody to be told when rows of the model are deleted?  Then what cascades would delete goes before its parents. */
typedef bool (*AkDeleteWatchFn) (AkModel *model);

/* Once, at library load. */
extern void ak_relation_on_delete_below(AkDeleteWatchFn given);

/* One end of a relation: a row, and the rows it is linked to. */
typedef struct AkLink
{
	AkStep		step;
	int			nkeys;
	AkValue    *keys;			/* what the links of the row of step.from hold: its key, or what is referred to */
	List	   *other_keys;		/* the key fields of step.to, of AkField * */
	AkValue    *targets;		/* for each of them an array, of as many rows of step.to */
	int			ntargets;
	int			nextra;			/* further fields of a through model's new rows */
	AkField   **extra;
	AkValue    *extra_values;
} AkLink;

/*
 * Reads the arguments model, key and accessor of a to-many relation; where
 * `or_one` is said, of a one-to-one relation from its other end too.
 */
extern void ak_relation_read_link(FunctionCallInfo fcinfo, bool or_one, AkLink *link);
/* Takes keys, or objects that hold them, as targets; `name` names the list in messages. */
extern void ak_relation_read_targets(AkLink *link, const AkJson *targets, const char *name);
/* The links made; and those removed to rows that are not among the targets. */
extern uint64 ak_relation_link(const AkLink *link);
extern uint64 ak_relation_unlink_others(const AkLink *link);
/* What a call does to the links of one row. */
typedef enum AkLinkAction
{
	AK_LINK_ADD,
	AK_LINK_REMOVE,
	AK_LINK_REMOVE_OTHERS,
	AK_LINK_CLEAR
} AkLinkAction;

typedef uint64 (*AkLinkFn) (const AkLink *link);
/* Does the change of a many-to-many relation by calling `run`, and tells of it. */
typedef uint64 (*AkLinkListenFn) (const AkLink *link, AkLinkAction action, AkLinkFn run);

/* Once, at library load. */
extern void ak_relation_on_link(AkLinkListenFn listen);
/* The keys of the rows that the change will link, or no longer link. */
extern AkJson *ak_relation_link_ids(const AkLink *link, AkLinkAction action);
/* The through model's keys to source and target; false when it is not there. */
extern bool ak_relation_through_fields(const AkRelation *relation, AkField **source, AkField **target);

/* The key of an object that stands for a row of `model` (its other keys are not compared); NULL when it is not whole. */
extern const AkJson *ak_relation_object_key(const AkModel *model, const AkJson *object);
/* The values that an object gives some fields, one for each, of AkJson *; NIL unless it gives them all. */
extern List *ak_relation_object_values(List *fields, const AkJson *object);

#endif
