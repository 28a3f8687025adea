/*
 * duration.c
 *		How long bodies take, so that short ones alone share a commit.
 *
 * What ran before a long body in its transaction would be committed only when
 * that has ended.  So a process remembers, by the task's name, how long bodies
 * took of late; one that it does not know yet runs by itself.
 */
#include "postgres.h"

#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "task/internal.h"

/* Microseconds: what is short. */
#define SHORT 5000

/* Beyond so many names a process begins anew. */
#define MOST_NAMES 1024

/* A long time is forgotten slowly: each shorter one takes this part of it away. */
#define FORGETTING 8

typedef struct AkDuration
{
	uint64		task;			/* hash of the name, the key: where two are the same the longer one counts */
	int64		microseconds;
} AkDuration;

static HTAB *durations = NULL;

static void
begin_anew(void)
{
	HASHCTL		control = {.keysize = sizeof(uint64),.entrysize = sizeof(AkDuration),.hcxt = TopMemoryContext};

	if (durations != NULL)
		hash_destroy(durations);
	durations = hash_create("aksara durations of tasks", 32, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

bool
ak_task_is_short(const char *task)
{
	uint64		key = ak_task_hash(task);
	const AkDuration *known = durations ? hash_search(durations, &key, HASH_FIND, NULL) : NULL;

	return known != NULL && known->microseconds <= SHORT;
}

void
ak_task_note_duration(const char *task, int64 microseconds)
{
	uint64		key = ak_task_hash(task);
	AkDuration *known;
	bool		found;

	if (durations == NULL || hash_get_num_entries(durations) >= MOST_NAMES)
		begin_anew();
	known = hash_search(durations, &key, HASH_ENTER, &found);
	known->microseconds = found ? Max(microseconds, known->microseconds - known->microseconds / FORGETTING) : microseconds;
}
