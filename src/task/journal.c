/*
 * journal.c
 *		Which tasks ran when the server crashed.
 *
 * When a process dies of a signal, the postmaster ends all the others and
 * begins anew, with new shared memory.  The journal is memory of its own that
 * it keeps: it maps it at its start, and its children have it from it.  Each
 * process that runs tasks notes there which one it is at: a few stores and no
 * system call.  Those that the postmaster ends are told so first, and take
 * their notes back; the notes that are left name the tasks whose processes
 * died by themselves.
 *
 * Nothing of it is in a file that a backup or a standby could bring along.
 * Only a postmaster that ends after a crash (restart_after_crash = off) leaves
 * its suspects to the next one, in a folder that no backup copies.  One that is
 * killed itself, or loses its power, leaves nothing: then any task could be it.
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/xlog.h"
#include "common/file_perm.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "port/pg_crc32c.h"
#include "portability/mem.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "tcop/tcopprot.h"

#include "task/process.h"

#define JOURNAL_FILE PG_STAT_TMP_DIR "/aksara_tasks.journal"
#define JOURNAL_MAGIC 0x414b4a31

/* What one process is at, in a cache line of its own. */
typedef union AkRecord
{
	struct
	{
		volatile sig_atomic_t valid;
		AkSuspect	task;
	}			note;
	char		line[64];
} AkRecord;

/* Nothing in it is believed to be whole: who writes it may die at any moment. */
typedef struct AkJournal
{
	AkRecord	records[AK_TASK_RUNNERS];
	AkSuspect	suspects[AK_TASK_SUSPECTS]; /* their id is 0 where there is none */
} AkJournal;

typedef struct AkJournalFile
{
	uint32		magic;
	uint64		system;
	AkSuspect	suspects[AK_TASK_SUSPECTS];
	pg_crc32c	crc;			/* of what is before it */
} AkJournalFile;

static AkJournal *journal = NULL;
static uint64 this_system = 0;	/* the server's identifier, where shared memory may be gone */
static AkRecord *mine = NULL;

/* ---- suspects ---- */

/* One that has no place left gets away with it. */
static void
suspect(const AkSuspect *task)
{
	for (int i = 0; i < AK_TASK_SUSPECTS; i++)
		if (journal->suspects[i].id == 0)
		{
			journal->suspects[i] = *task;
			return;
		}
}

/* Makes suspects of what is noted; no other process is left. */
static void
collect(void)
{
	for (int i = 0; i < AK_TASK_RUNNERS; i++)
		if (journal->records[i].note.valid && journal->records[i].note.task.id != 0)
			suspect(&journal->records[i].note.task);
	memset(journal->records, 0, sizeof(journal->records));
}

int
ak_task_suspects(Oid database, AkSuspect *out)
{
	int			count = 0;

	for (int i = 0; journal != NULL && i < AK_TASK_SUSPECTS; i++)
		if (journal->suspects[i].id != 0 && (database == InvalidOid || journal->suspects[i].database == database))
			out[count++] = journal->suspects[i];
	return count;
}

void
ak_task_acquit(const AkSuspect *task)
{
	for (int i = 0; journal != NULL && i < AK_TASK_SUSPECTS; i++)
		if (journal->suspects[i].id == task->id && journal->suspects[i].database == task->database)
			journal->suspects[i].id = 0;
}

/* ---- from one postmaster to the next ---- */

static pg_crc32c
file_crc(const AkJournalFile *file)
{
	pg_crc32c	crc;

	INIT_CRC32C(crc);
	COMP_CRC32C(crc, file, offsetof(AkJournalFile, crc));
	FIN_CRC32C(crc);
	return crc;
}

/* At the end of the postmaster: what nobody has judged is left for the next one. */
static void
leave_suspects(int code, Datum argument)
{
	static AkJournalFile file;
	int			out;

	collect();
	if (ak_task_suspects(InvalidOid, file.suspects) == 0)
		return;
	file.magic = JOURNAL_MAGIC;
	file.system = this_system;
	file.crc = file_crc(&file);
	out = open(JOURNAL_FILE, O_WRONLY | O_CREAT | O_TRUNC | PG_BINARY, pg_file_create_mode);
	if (out < 0)
		return;
	if (write(out, &file, sizeof(file)) != (ssize_t) sizeof(file))
		(void) unlink(JOURNAL_FILE);
	(void) close(out);
}

static bool
is_copy(void)
{
	struct stat found;

	return stat(STANDBY_SIGNAL_FILE, &found) == 0 || stat(RECOVERY_SIGNAL_FILE, &found) == 0;
}

/* What the postmaster before this one has left, if it was one of this very server; it counts once. */
static void
find_suspects(void)
{
	static AkJournalFile file;
	int			in = open(JOURNAL_FILE, O_RDONLY | PG_BINARY, 0);

	if (in < 0)
		return;
	if (read(in, &file, sizeof(file)) == (ssize_t) sizeof(file) && file.magic == JOURNAL_MAGIC && file.system == this_system &&
		file.crc == file_crc(&file) && !is_copy())
		memcpy(journal->suspects, file.suspects, sizeof(file.suspects));
	(void) close(in);
	(void) unlink(JOURNAL_FILE);
}

/* ---- the postmaster ---- */

void
ak_task_journal_init(void)
{
	void	   *memory;

	if (!IsPostmasterEnvironment || IsUnderPostmaster)
		return;
	memory = mmap(NULL, sizeof(AkJournal), PROT_READ | PROT_WRITE, PG_MMAP_FLAGS, -1, 0);
	if (memory == MAP_FAILED)
	{
		ereport(LOG,
				(errmsg("could not map memory for the journal of tasks: %m"),
				 errdetail("Tasks that crash the server are not found out.")));
		return;
	}
	journal = memory;
	on_proc_exit(leave_suspects, (Datum) 0);
}

void
ak_task_journal_restart(void)
{
	static bool begun = false;

	if (journal == NULL)
		return;
	this_system = GetSystemIdentifier();
	if (!begun)
		find_suspects();
	begun = true;
	collect();
}

/* ---- a process that runs tasks ---- */

/* The postmaster ends all processes, for another one has died: it was not the task of this one. */
static void
at_quit(SIGNAL_ARGS)
{
	mine->note.valid = false;
	if (MyBackendType == B_BACKEND)
		quickdie(postgres_signal_arg);
	SignalHandlerForCrashExit(postgres_signal_arg);
}

void
ak_task_journal_enter(int place)
{
	if (journal == NULL || !IsUnderPostmaster)
		return;
	mine = &journal->records[place];
	memset(mine, 0, sizeof(AkRecord));
	pqsignal(SIGQUIT, at_quit);
}

void
ak_task_journal_note(const AkTask *task, TimestampTz started_at)
{
	if (mine == NULL)
		return;
	mine->note.valid = false;
	pg_write_barrier();
	mine->note.task.id = task->id;
	mine->note.task.database = MyDatabaseId;
	mine->note.task.crashes = task->crashes;
	mine->note.task.started_at = started_at;
	pg_write_barrier();
	mine->note.valid = true;
}

void
ak_task_journal_clear(void)
{
	if (mine != NULL)
		mine->note.valid = false;
}
