/*
 * adopt.h
 *		What the parts of adopting tables share.
 */
#ifndef AK_RELATION_ADOPT_H
#define AK_RELATION_ADOPT_H

#include "relation/internal.h"

/* A native foreign key. */
typedef struct AkForeignKey
{
	char	   *name;
	Oid			source;
	Oid			target;
	List	   *columns;		/* of int */
	List	   *referenced;		/* of int */
	char		action;			/* pg_constraint.confdeltype */
	bool		deferrable;
	bool		deferred;
	bool		over_period;	/* one pair of columns is compared otherwise than by "=" */
} AkForeignKey;

/* AkFieldDef.extra of a column that becomes a relation. */
typedef struct AkAdoptedRelation
{
	AkRelationDef def;
	const AkForeignKey *key;
} AkAdoptedRelation;

/* adopt.c */
/* Why no relation can be made of the key; NULL: one can. */
extern const char *ak_relation_why_not_adopted(const AkForeignKey *key);
/* Makes the field one over the key, with an AkAdoptedRelation as its extra. */
extern void ak_relation_make_adopted(AkFieldDef *field, const AkForeignKey *key);

/* adopt_register.c */
/* The names that an accessor of the model must not have: List of char *. */
extern List *ak_relation_words_of(const AkModel *model);
/* A reverse accessor that is free; NULL where it is the default one.  `field`: one that says which of several it is. */
extern char *ak_relation_adopted_accessor(const char *model, const char *field, AkRelationKind kind,
										  const AkModel *target);

/* adopt_key.c */
/* A table's own foreign keys, by name: List of AkForeignKey *. */
extern List *ak_relation_foreign_keys(Oid relid);
/* Does a relation of the model stand for the key? */
extern bool ak_relation_stands_for(const AkModel *model, const AkForeignKey *key);

/* adopt_junction.c */
/* Makes a many-to-many field of a model that is a junction; does nothing where it is none. */
extern void ak_relation_adopt_junction(Oid relid);

#endif
