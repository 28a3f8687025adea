/*
 * answer.h
 *		What is kept of a question that was compiled, and other values bound to it.
 */
#ifndef AK_QUERY_ANSWER_H
#define AK_QUERY_ANSWER_H

#include "query/call.h"

/* A call's question, as it came. */
typedef struct AkQuestion
{
	FunctionCallInfo fcinfo;
	AkExit		exit;
	bool		named;			/* the first argument names the model */
	bool		by_key;			/* the others are the key's values */
	int			ndocuments;		/* set with their shape */
	text	   *documents[2];
	int			ends[2];		/* how many slots there are up to the end of each */
	AkShape		shape;
} AkQuestion;

typedef struct AkAnswer AkAnswer;

/*
 * What can be said of the compiled question for other values; NULL where it
 * cannot.  `values` is the list of what the slots are found in: documents, or
 * the values of a key.
 */
extern AkAnswer *ak_query_make_answer(const AkQuestion *q, const AkCompiled *compiled, const AkJson *values);
/* The statement with room for the values of this call. */
extern void ak_query_take_answer(AkBound *bound, AkKept *kept);
/* Binds the values of the documents; false: one does not fit, and the whole way says what is wrong with it. */
extern bool ak_query_bind_documents(AkBound *bound, const AkQuestion *q);
/* Binds the values of a key: arguments that need no text, or the arguments as text. */
extern void ak_query_bind_plain_key(AkBound *bound, const AkQuestion *q);
extern void ak_query_bind_text_key(AkBound *bound, List *key);

#endif
