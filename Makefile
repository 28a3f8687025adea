# aksara: make, make install and make installcheck work as for any extension (PG_CONFIG chooses the server).
# make help lists the rest.

EXTENSION    = aksara
EXTVERSION   = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" aksara.control)
OLDVERSIONS  = $(filter-out $(EXTVERSION),$(shell cat src/upgrades/versions))

MODULE_big   = aksara
OBJS         = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/*/*.c)))
SQL_PARTS    = $(wildcard src/*/*.sql) src/rooms src/upgrades/versions src/assemble.sh aksara.control
DATA_built   = $(EXTENSION)--$(EXTVERSION).sql \
               $(foreach v,$(OLDVERSIONS),$(EXTENSION)--$(v)--$(EXTVERSION).sql)

REGRESS      = $(sort $(patsubst sql/%.sql,%,$(wildcard sql/*/*.sql)))
REGRESS_OPTS = --load-extension=$(EXTENSION)
REGRESS_PREP = result-dirs
ISOLATION    = $(sort $(patsubst test/isolation/specs/%.spec,%,$(wildcard test/isolation/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test/isolation --outputdir=output_iso --load-extension=$(EXTENSION)

PG_CPPFLAGS  = -Isrc -DAKSARA_VERSION='"$(EXTVERSION)"'
# The -Wno- ones: what PostgreSQL's own headers and habits (int beside size_t) need under gcc and clang, and the flags of the
# server's own build that clang does not know.  Debian's PGXS tracks no headers; -MMD does.
WERROR      ?= -Werror
PG_CFLAGS    = -Wall -Wextra $(WERROR) -Wno-unused-parameter -Wno-sign-compare -Wno-ignored-attributes \
               -Wno-ignored-optimization-argument -Wno-unknown-warning-option -MMD -MP
EXTRA_CLEAN  = $(OBJS:.o=.d) output_iso

PG_CONFIG   ?= pg_config
PGXS        := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
# Without a server's headers only the targets that need none are there; make test and make demo fetch them.
ifneq ($(PGXS),)
include $(PGXS)
else
all install installcheck clean:
	@echo "pg_config was not found: install postgresql-server-dev-15 or set PG_CONFIG" >&2; exit 1
endif

# Where the version is compiled in.
src/core/registry.o: aksara.control

# Write to a temporary name and move: a script that failed half way must not look finished.
$(EXTENSION)--$(EXTVERSION).sql: $(SQL_PARTS)
	src/assemble.sh install > $@.tmp && mv $@.tmp $@
$(EXTENSION)--%--$(EXTVERSION).sql: $(SQL_PARTS)
	src/assemble.sh upgrade $* > $@.tmp && mv $@.tmp $@

STRICT = -DUSE_ASSERT_CHECKING -fsanitize=undefined,alignment -fno-sanitize-recover=all

.PHONY: result-dirs static test test-long test-servers regress strict asserts memory fuzz demo lint bench dev help
result-dirs:
	@mkdir -p $(sort $(dir $(addprefix results/,$(REGRESS))))

test:           ## build and run every test against a server of its own (ONLY="regress lint" narrows)
	@test/run.sh $(ONLY)
test-long:      ## the TAP tests of tasks in their long forms: many minutes (TAP='024*' narrows)
	@AK_LONG=1 TAP='$(or $(TAP),0[23][0-9]_task_*)' test/run.sh tap
test-servers:   ## the same against PostgreSQL 17 and 18, and pg_upgrade 15 to 17; needs root (ONLY="17" narrows)
	@test/servers.sh $(ONLY)
regress:        ## run regression tests against a server of its own (TESTS="model/define house/*" narrows)
	@TESTS='$(TESTS)' test/run.sh regress
strict:         ## regression, isolation, TAP and fuzz tests with assertions and the undefined-behaviour sanitizer built in
	@AK_FLAGS='$(STRICT)' test/run.sh regress isolation tap fuzz
asserts:        ## the same on a PostgreSQL built with its own assertions (ONLY=, TESTS=, DISCARD=1 narrow and sharpen it)
	@test/asserts.sh $(ONLY)
memory:         ## 10 000 calls of every exit: no memory context grows (CALLS=, EXITS='^get' narrows)
	@AK_CALLS=$(or $(CALLS),10000) AK_EXITS='$(EXITS)' TAP=012_memory test/run.sh tap
fuzz:           ## random documents for every function, with assertions and the sanitizer (ROUNDS=100000, SEED= repeats)
	@AK_ROUNDS=$(or $(ROUNDS),100000) AK_SEED=$(SEED) AK_FLAGS='$(STRICT)' test/run.sh fuzz
lint:           ## check the sources: rooms, error codes, symbols, SQL parts, both compilers, clang's analyser, cppcheck
	@test/run.sh lint
static:         ## cppcheck and clang's analyzer over the sources (minutes)
	@sh test/lint/static
demo:           ## show the main job, the blog and the Debian package index, on a server of its own
	@test/demo.sh
bench:          ## measure against hand-written SQL, ORMs and queues, on a server of its own (ONLY="grid get" BENCH=--bars)
	@BENCH='$(ONLY) $(BENCH)' test/run.sh bench
dev:            ## start (or refresh) a private server to work with; test/server.sh says how
	@test/server.sh start
help:           ## list these targets
	@printf '%-17s %s\n' make 'build the library and the install script' \
		'make install' 'install into the server of PG_CONFIG' \
		'make installcheck' 'run the regression and isolation tests against the server that PGHOST and PGPORT name'
	@sed -n 's/^\([a-z-]*\): *## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{ printf "make %-12s %s\n", $$1, $$2 }'

-include $(OBJS:.o=.d)
