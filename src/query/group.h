/*
 * group.h
 *		Rows put together: what aggregates and annotations need of it.
 */
#ifndef AK_QUERY_GROUP_H
#define AK_QUERY_GROUP_H

#include "query/encode.h"
#include "query/expression.h"

typedef struct AkArm AkArm;

/* The arm of rows that a way leads to (NULL: the query's own), made at first need, and where they are. */
extern AkArm *ak_query_group_arm(AkQuery *query, const AkPath *way, int steps);
extern const AkSpot *ak_query_arm_spot(const AkArm *arm);
/* Adds an aggregate to an arm: the number of its column a<n> under the alias t<alias>. */
extern int	ak_query_arm_column(AkArm *arm, AkExpr *aggregate, int *alias);
/* The statement that reads the groups, and the level that they are. */
extern AkLevel *ak_query_write_groups(AkStatement *st, AkQuery *query, AkOrdering ordering);

#endif
