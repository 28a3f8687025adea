/*
 * internal.h
 *		What the parts of room validation share.
 */
#ifndef AK_VALIDATION_INTERNAL_H
#define AK_VALIDATION_INTERNAL_H

#include "nodes/execnodes.h"

#include "validation/validation.h"

/* Where a problem of the whole row stands, as in Django. */
#define AK_WHOLE_ROW "__all__"

/* ---- validator.c: one validator as it is written ---- */

/* {"min_length": 3, "message": …}, or "email"; of a row, or of a field. */
typedef struct AkValidator
{
	const char *what;			/* for messages: a validator of field "x" */
	const AkJson *object;		/* as an object, with its name */
	const char *kind;			/* the word that says what it does */
	const AkJson *argument;		/* its value */
	char	   *name;
	char	   *code;			/* NULL: the kind's */
	char	   *message;		/* NULL: the kind's */
	char	   *when;			/* SQL condition on the row; NULL: always */
} AkValidator;

/*
 * Reads one: which of `kinds` it is, what goes with any of them and what with
 * this one (`options`, by kind).  22023 for what it does not know.
 */
typedef struct AkValidatorKind
{
	const char *name;
	const char *const *options; /* besides those of all; NULL-terminated, or NULL */
	/* The SQL of a field's rule, over the column; NULL: the trigger keeps it. */
	char	   *(*check) (AkFieldDef *def, const AkValidator *validator);
	const char *code;
	const char *message;		/* after the field's name; %s: its argument */
} AkValidatorKind;

extern AkValidator *ak_validation_read(const AkJson *source, const char *what, const AkValidatorKind *kinds, int nkinds);
extern void ak_validation_bad(const AkValidator *validator, const char *problem) pg_attribute_noreturn();
/* A whole number of an option, not below `least`. */
extern int64 ak_validation_integer(const AkValidator *validator, const AkJson *value, int64 least);
/* A value or a list of values as a list. */
extern const AkJson *ak_validation_list(const AkJson *value);
/*
 * A name of a function as it is kept: with its schema, quoted.  It takes one
 * argument of one of the types, the first counts; it gives what can be stored
 * as `wanted`, or an error where that is InvalidOid.
 */
extern char *ak_validation_function_name(const AkValidator *validator, const char *written, const Oid *types, int ntypes,
										 Oid wanted);

/* ---- validators.c: those of fields ---- */

extern const AkFieldOption ak_validation_validators;
extern const AkFieldOption ak_validation_normalize;
extern const AkFieldOption ak_validation_messages;
/* The kind that a validator of a field is of. */
extern const AkValidatorKind *ak_validation_kind(const char *name);
/* What follows the kind's message, of options and parts; empty: nothing. */
extern char *ak_validation_further_words(const AkValidator *validator);
extern AkValidator *ak_validation_read_field(const AkJson *source, const char *field);

/* ---- message.c ---- */

/* What is wrong with a value that breaks a field's rule; a code and a message. */
extern void ak_validation_describe(const AkField *field, const AkCheck *check, const char **code, const char **message);
/* The field's own text for a code; NULL: it has none. */
extern const char *ak_validation_own_message(const AkField *field, const char *code);

/* ---- rules.c: what a model's rows must keep ---- */

typedef enum AkRuleKind
{
	AK_RULE_CHECK,				/* constraints, which have names */
	AK_RULE_UNIQUE,
	AK_RULE_EXCLUSION,
	AK_RULE_FOREIGN_KEY,
	AK_RULE_CALL,				/* of the trigger: text is an error, or false */
	AK_RULE_CONDITION,			/* of the trigger: false is an error */
	AK_RULE_TRANSITION			/* of the trigger: old and new value */
} AkRuleKind;

typedef struct AkRule
{
	AkRuleKind	kind;
	const char *name;
	const AkField *field;		/* whose rule it is; NULL: the row's */
	const char *key;			/* where its problem stands */
	bool		of_value;		/* CALL: about the field's value, not the row */
	const char *code;
	const char *message;
	bool		own_message;	/* the rule's own, which the field's text for the code gives way to */
	int			ncolumns;		/* that it reads */
	AttrNumber *columns;
	char	   *predicate;		/* UNIQUE: SQL condition on its rows; NULL: all of them */
	Oid			target;			/* FOREIGN_KEY */
	AttrNumber *target_columns;
	Node	   *source;			/* CHECK */
	ExprState  *test;			/* NULL: not compiled */
	ExprState  *when;			/* NULL: always */
	Oid			result;			/* CALL: text, boolean, json or jsonb */
	const AkJson *states;		/* TRANSITION: from → [to, …] */
	const AkJson *initial;		/* TRANSITION: of a new row; NULL: any */
} AkRule;

/* One normal form of a field's values, in their order. */
typedef struct AkNormalizer
{
	const AkField *field;
	const char *word;			/* strip, lower … */
	ExprState  *call;			/* or a function */
} AkNormalizer;

typedef struct AkGenerated AkGenerated;

typedef struct AkRules
{
	AkForRole	kept_for;		/* MUST BE FIRST */
	MemoryContext context;
	bool		constrained;	/* `constraints` has been read */
	List	   *constraints;	/* of AkRule * */
	int			nchecks;		/* how many of them are CHECKs */
	List	   *normalizers;	/* of AkNormalizer * */
	List	   *kept;			/* of AkRule *: those of the trigger */
	List	   *generated;		/* of AkGenerated *: columns that are computed */
	bool		initial;		/* one of them says how new rows begin */
	TupleTableSlot *slot;		/* a row in the columns of the model's table */
	ExprContext *econtext;
	bool		fresh;			/* a document's row in the slot is a new one: it names no key */
	bool		whole;			/* all values of a document's row are in the slot */
	bool	   *known;			/* by column: the slot's value is what will be stored */
	Datum	   *defaults;		/* of new rows, by column */
	char	   *default_kinds;	/* 'n' null, 'c' constant, '?' not known before */
} AkRules;

/* The trigger's rules of a model, compiled for the current role.  Who puts a row into the slot says so in `kept_for.busy`. */
extern AkRules *ak_validation_rules(AkModel *model);
/* The same with the table's constraints. */
extern AkRules *ak_validation_all_rules(AkModel *model);
/* Does the model need a trigger for its rules?  Looks at its definition alone. */
extern bool ak_validation_has_kept_rules(const AkModel *model);

/* The field whose problem a rule of the row is, where it says so; NULL: it does not, or there is none. */
extern const AkField *ak_validation_field_said(const AkModel *model, const AkJson *source);

/* ---- constraints.c ---- */

/* Reads them into the list, with the defaults of new rows; in the list's context. */
extern void ak_validation_read_constraints(const AkModel *model, AkRules *rules);
/* Fills in the columns that an expression reads; 0 is the whole row. */
extern void ak_validation_read_columns(AkRule *rule, Node *expression);

/* ---- generated.c: columns that are computed ---- */

extern List *ak_validation_generated(const AkModel *model);
extern void ak_validation_compute(AkRules *rules, bool *known);

/* ---- keep.c: the trigger's part ---- */

extern const AkRowRules ak_validation_row_rules;
/* Runs one rule of the trigger on the row in the slot; adds a problem. */
extern void ak_validation_test(const AkRules *rules, const AkRule *rule, const AkTriggerRow *row, AkProblems *problems);
extern bool ak_validation_normalized(const AkRules *rules, const AkNormalizer *normalizer, Datum *value, bool *isnull);

/* ---- clean.c: documents ---- */

extern const AkWriteGuard ak_validation_guard;
/* Adds the problem of a constraint that the row breaks. */
extern void ak_validation_broken(const AkRule *rule, int sqlstate, AkProblems *problems);
/* Runs every CHECK and every rule of the trigger on the row in the slot. */
extern void ak_validation_test_all(const AkRules *rules, AkProblems *problems);

typedef void (*AkFurtherTest) (const AkModel *model, const AkRules *rules, AkProblems *problems);

/* The same for a document's row, and what `further` finds with it in the slot. */
extern void ak_validation_clean_all(AkRow *row, bool fresh, AkFurtherTest further, AkProblems *problems);

/* ---- meta.c: rules of rows ---- */

extern const AkMetaOption ak_validation_meta_rules;
extern const AkMetaOption ak_validation_meta_messages;
extern AkValidator *ak_validation_read_rule(const AkJson *source, const AkModelDef *def);
/* Is it a constraint?  Else the trigger keeps it. */
extern bool ak_validation_is_constraint(const AkModelDef *def, const AkValidator *rule);
/* The constraint, as in the "constraints" of meta; and what it says when it is broken, NULL: nothing of its own. */
extern AkJson *ak_validation_constraint(const AkValidator *rule);
extern AkJson *ak_validation_message_of(const AkValidator *rule);
/* The rule as "rules" keeps it, beside others. */
extern AkJson *ak_validation_keep_rule(const AkModelDef *def, AkValidator *rule, const AkJson *others);

/* ---- moved.c ---- */

/* Remembers the updated row in the slot, as it will be stored. */
extern void ak_validation_note_update(const AkRules *rules, const AkTriggerRow *row);
/* Is the new row in the slot the one that was updated last, coming from another partition? */
extern bool ak_validation_is_moved(const AkRules *rules, const AkTriggerRow *row);

/* ---- follow.c: fields renamed and gone ---- */

extern void ak_validation_field_renamed(const AkField *field, const char *new_name);
extern void ak_validation_reconcile(void);

/* ---- check.c ---- */

extern void ak_validation_check(const AkModel *model, AkFindings *findings);

/* ---- change.c: operations ---- */

extern void ak_validation_operations_init(void);

#endif
