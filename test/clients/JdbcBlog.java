import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Types;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import org.postgresql.util.PGInterval;
import org.postgresql.util.PGobject;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * The blog through JDBC: bound parameters, and no cast in the SQL.
 *
 * <p>Strings go out as varchar, everything else with its type too, and only setNull and dates leave the type to the server.
 * A question mark that is an operator is written twice. The connection belongs to a role with a search_path, and nothing is
 * left in the session, so that the same walk passes through a pooler (AKSARA_POOLED is set then). One line per check, in TAP.
 */
public class JdbcBlog {
	static final String OWNER = "regress_jdbc_owner";
	static final String STRANGER = "regress_jdbc_stranger";
	static final boolean POOLED = System.getenv("AKSARA_POOLED") != null;
	static final String FIRST = "Getting Started with Python";
	static final String FILTERED = "aksara.objects(?, aksara.filter(?, ?))";

	static Connection connection;
	static String models;
	static int checks;
	static int failures;

	// ---- checks ----

	static void report(boolean good, String name, Object... notes) {
		checks++;
		if (!good)
			failures++;
		System.out.println((good ? "ok " : "not ok ") + checks + " - " + name);
		if (!good)
			for (Object note : notes)
				System.out.println("#   " + note);
	}

	static void equal(Object seen, Object expected, String name) {
		report(Objects.equals(seen, expected), name, "expected " + expected, "seen     " + seen);
	}

	interface Part {
		void run() throws SQLException;
	}

	/** Runs a part; an error that nobody expects is a failure of that part alone. */
	static void section(String name, Part part) {
		System.out.println("# " + name);
		try {
			part.run();
		} catch (SQLException error) {
			report(false, name, error.getSQLState() + " " + error.getMessage());
		}
	}

	// ---- statements ----

	static Connection connect(String user, String... words) throws SQLException {
		Properties properties = new Properties();
		properties.setProperty("user", user);
		properties.setProperty("sslmode", "disable");
		properties.setProperty("socketFactory", "UnixSocketFactory");
		properties.setProperty("socketFactoryArg",
				System.getenv("PGHOST") + "/.s.PGSQL." + System.getenv("PGPORT"));
		if (POOLED)
			properties.setProperty("prepareThreshold", "0");
		for (int i = 0; i < words.length; i += 2)
			properties.setProperty(words[i], words[i + 1]);
		return DriverManager.getConnection("jdbc:postgresql://localhost/" + System.getenv("PGDATABASE"), properties);
	}

	/** What is run inside is run by this user. */
	static void connected(String user, Part inside, String... words) throws SQLException {
		Connection outer = connection;
		try (Connection own = connect(user, words)) {
			connection = own;
			inside.run();
		} finally {
			connection = outer;
		}
	}

	/** A NULL of one of the types in java.sql.Types. */
	record Null(int type) { }

	/** A value of a type that JDBC has no class for. */
	static PGobject value(String type, String text) throws SQLException {
		PGobject object = new PGobject();
		object.setType(type);
		object.setValue(text);
		return object;
	}

	static Array array(String type, Object... members) throws SQLException {
		return connection.createArrayOf(type, members);
	}

	/** A statement with its values; what does not begin as one is a call of aksara. */
	static PreparedStatement bound(String sql, Object... values) throws SQLException {
		boolean whole = Character.isUpperCase(sql.charAt(0));
		PreparedStatement statement = connection.prepareStatement(whole ? sql : "SELECT aksara." + sql);
		for (int i = 0; i < values.length; i++) {
			if (values[i] instanceof Null none)
				statement.setNull(i + 1, none.type());
			else if (values[i] instanceof String text)
				statement.setString(i + 1, text);
			else if (values[i] instanceof Array list)
				statement.setArray(i + 1, list);
			else
				statement.setObject(i + 1, values[i]);
		}
		return statement;
	}

	/** The first column of all rows; JSON as its text. */
	static List<Object> column(String sql, Object... values) throws SQLException {
		List<Object> found = new ArrayList<>();
		try (PreparedStatement statement = bound(sql, values)) {
			if (!statement.execute())
				return found;
			ResultSet rows = statement.getResultSet();
			while (rows.next()) {
				Object one = rows.getObject(1);
				found.add(one instanceof PGobject object ? object.getValue() : one);
			}
		}
		return found;
	}

	static Object one(String sql, Object... values) throws SQLException {
		List<Object> found = column(sql, values);
		return found.isEmpty() ? null : found.get(0);
	}

	/** Titles of the posts that a query set selects. */
	static List<Object> titles(String qs, Object... values) throws SQLException {
		return column("SELECT p ->> 'title' FROM aksara.fetch(" + qs + ") p", values);
	}

	static Object create(String model, String document) throws SQLException {
		return one("SELECT aksara.create(?, ?) ->> 'id'", model, document);
	}

	/** The statement is refused with this SQLSTATE, these words in its hint and detail, and these names. */
	static ServerErrorMessage fails(String state, String name, String words, String sql, Object... values) {
		try {
			report(false, state + " " + name, "no error, but " + one(sql, values));
		} catch (PSQLException error) {
			ServerErrorMessage server = error.getServerErrorMessage();
			String said = server == null ? "" : String.join("|", "table=" + server.getTable(), "column=" + server.getColumn(),
					"constraint=" + server.getConstraint(), "schema=" + server.getSchema(), server.getHint(), server.getDetail());
			boolean good = state.equals(error.getSQLState());
			for (String word : words.split(" "))
				good = good && said.contains(word);
			report(good, state + " " + name, "expected " + words, error.getSQLState() + " " + error.getMessage(), said);
			return server;
		} catch (SQLException error) {
			report(false, state + " " + name, error);
		}
		return null;
	}

	// ---- the blog ----

	static String jane, john, tech, python, tutorial, news, post, second, third;

	static void backends() throws SQLException {
		if (POOLED) {
			List<Connection> others = new ArrayList<>();
			for (int i = 0; i < 3; i++) {
				Connection other = connect(OWNER);
				other.setAutoCommit(false);
				other.createStatement().execute("SELECT 1");
				others.add(other);
			}
			for (Connection other : others) {
				other.commit();
				other.close();
			}
		}
		Set<Object> seen = new HashSet<>();
		for (int i = 0; i < 6; i++)
			seen.add(one("SELECT pg_backend_pid()"));
		equal(seen.size() > 1, POOLED, POOLED ? "several backends" : "one backend");
	}

	static void definitions() throws SQLException {
		String blog;
		try {
			blog = Files.readString(Path.of(models));
		} catch (java.io.IOException error) {
			throw new SQLException(error);
		}
		for (Object model : column("SELECT m FROM json_array_elements(?) m", value("json", blog))) {
			Object name = one("SELECT ? ->> 'name'", value("json", (String) model));
			Object fields = one("SELECT ? -> 'fields'", value("json", (String) model));
			Object meta = one("SELECT coalesce(? -> 'meta', '{}')", value("json", (String) model));
			report(one("create_model(?, ?, ?)", name, fields, meta) != null, "create_model " + name);
		}
		equal(one("SELECT aksara.describe(?) ->> 'name'", "Post"), "Post", "describe");
		one("create_model(?, ?)", "Note", "{\"data\": \"JSON\", \"size\": {\"type\": \"BigInteger\", \"nullable\": true}}");
	}

	static void creation() throws SQLException {
		Object row = one("create(?, ?)", "User", "{\"email\": \"jane@example.com\", \"name\": \"Jane\"}");
		jane = (String) one("SELECT ? ->> 'id'", value("json", (String) row));
		john = (String) create("User", "{\"email\": \"john@example.com\", \"name\": \"John\"}");
		report(create("UserProfile", "{\"user\": " + row + ", \"bio\": \"Tech writer\"}") != null,
				"an object stands for its row");
		tech = (String) create("Category", "{\"name\": \"Technology\", \"slug\": \"tech\"}");
		python = (String) create("Category", "{\"name\": \"Python\", \"slug\": \"python\", \"parent\": \"" + tech + "\"}");
		tutorial = (String) create("Tag", "{\"name\": \"Tutorial\", \"slug\": \"tutorial\"}");
		news = (String) create("Tag", "{\"name\": \"News\", \"slug\": \"news\"}");
		post = (String) create("Post", "{\"title\": \"" + FIRST + "\", \"content\": \"Learn\", \"author\": " + row
				+ ", \"category\": \"" + python + "\", \"published\": true, \"views\": 10, \"published_on\": \"2024-05-01\","
				+ " \"reference\": \"00000000-0000-0000-0000-000000000001\"}");
		second = (String) create("Post", "{\"title\": \"Second\", \"content\": \"…\", \"author_id\": \"" + jane
				+ "\", \"category_id\": \"" + tech + "\", \"views\": 20, \"published_on\": \"2024-06-01\"}");
		third = (String) one("SELECT aksara.create(?, ?) ->> 'id'", "Post", value("jsonb",
				"{\"title\": \"Third\", \"content\": \"100% _sure_\", \"author\": \"" + john + "\", \"published\": true}"));
		report(third != null, "a document as jsonb");
	}

	static void singleRows() throws SQLException {
		equal(one("SELECT aksara.get(?, ?) ->> 'id'", "Post", "{\"title\": \"Second\"}"), second, "get by conditions");
		equal(one("SELECT aksara.get(" + FILTERED + ") ->> 'id'", "Post", "title", "Second"), second, "get of a query set");
		equal(one("SELECT aksara.get_by_key(?, ?) ->> 'title'", "Post", second), "Second", "get_by_key, a string");
		equal(one("SELECT aksara.get_by_key(?, ?) ->> 'title'", "Post", UUID.fromString(second)), "Second",
				"get_by_key, a UUID");
		equal(one("get_or_none(?, ?)", "Post", "{\"title\": \"None\"}"), null, "get_or_none");
		equal(one("count(?, ?)", "Post", "{\"author__email\": \"jane@example.com\"}"), 2L, "count");
		equal(one("exists(?)", "{\"model\": \"Post\", \"filter\": {\"views__gt\": 100}}"), false, "exists");
		equal(one("SELECT aksara.first(aksara.objects(?, aksara.order_by(?))) ->> 'title'", "Post", "-title"), "Third",
				"first");
		equal(one("SELECT aksara.in_bulk(?, ?) -> ? ->> 'title'", "{\"model\": \"Post\"}", "[\"" + second + "\"]", second),
				"Second", "in_bulk");
	}

	static void boundValues() throws SQLException {
		String ordered = "aksara.objects(?, aksara.filter(?, ?), aksara.order_by('title'))";
		Object[][] cases = {
			{"a string", "title", "Second", "Second"},
			{"a string with wildcards", "content__contains", "% _", "Third"},
			{"an integer", "views__gte", 10, FIRST, "Second"},
			{"a long", "views__gte", 10L, FIRST, "Second"},
			{"an integer as a string", "views__gte", "10", FIRST, "Second"},
			{"a boolean", "published", true, FIRST, "Third"},
			{"a LocalDate", "published_on", LocalDate.of(2024, 5, 1), FIRST},
			{"a java.sql.Date", "published_on", java.sql.Date.valueOf("2024-05-01"), FIRST},
			{"an OffsetDateTime", "created_at__lt", OffsetDateTime.now().plusHours(1), FIRST, "Second", "Third"},
			{"a Timestamp", "created_at__lt", new java.sql.Timestamp(System.currentTimeMillis() + 3600_000), FIRST, "Second",
				"Third"},
			{"a UUID", "reference", new UUID(0, 1), FIRST},
			{"a UUID as a string", "reference", "00000000-0000-0000-0000-000000000001", FIRST},
			{"the key of a relation", "author", UUID.fromString(john), "Third"},
			{"its key as a string", "author", john, "Third"},
			{"the key column", "author_id", john, "Third"},
			{"an object", "author", "{\"id\": \"" + john + "\"}", "Third"},
			{"an object as json", "author", value("json", "{\"id\": \"" + john + "\"}"), "Third"},
			{"a path of two steps", "category__parent__slug", "tech", FIRST},
			{"pk", "pk", third, "Third"},
			{"isnull", "published_on__isnull", true, "Third"},
			{"a text array", "title__in", array("text", "Second", "Third", "?"), "Second", "Third"},
			{"a varchar array", "title__in", array("varchar", "Second", "Third"), "Second", "Third"},
			{"an int4 array", "views__in", array("int4", 10, 20), FIRST, "Second"},
			{"an int8 array", "views__range", array("int8", 5L, 15L), FIRST},
			{"a uuid array", "id__in", array("uuid", UUID.fromString(second)), "Second"},
			{"a text array of keys", "id__in", array("text", second), "Second"},
			{"an array with null", "title__in", array("text", "Second", null), "Second"},
			{"an empty array", "title__in", array("text")},
			{"a JSON list", "views__in", "[10, 20]", FIRST, "Second"},
			{"null, as varchar", "published_on", new Null(Types.VARCHAR)},
			{"null, as date", "published_on", new Null(Types.DATE)},
			{"null, as integer", "views", new Null(Types.INTEGER)},
			{"null without a type", "published_on", new Null(Types.NULL)},
		};
		for (Object[] one : cases) {
			List<Object> wanted = Arrays.asList(one).subList(3, one.length);
			try {
				equal(titles(ordered, "Post", one[1], one[2]), wanted, "filter by " + one[0]);
			} catch (SQLException error) {
				report(false, "filter by " + one[0], error.getSQLState() + " " + error.getMessage());
			}
		}
	}

	static void pairs() throws SQLException {
		String pairs = "aksara.objects(?, aksara.filter(?, ?, ?, ?))";
		equal(titles(pairs, "Post", "published", true, "views", 10), List.of(FIRST), "several pairs, each with its type");
		equal(titles(pairs, "Post", "published", true, "title", FIRST), List.of(FIRST), "strings among them");
		equal(titles(pairs, "Post", "title", "Second", "content", "…"), List.of("Second"), "several pairs, strings");
		fails("42P18", "a date beside a boolean, which leaves its type to the server", "", "count(" + pairs + ")", "Post",
				"published", true, "published_on", java.sql.Date.valueOf("2024-05-01"));
		equal(titles("aksara.objects(?, aksara.filter(?, ?), aksara.filter(?, ?))", "Post", "published", true, "published_on",
				java.sql.Date.valueOf("2024-05-01")), List.of(FIRST), "a filter for each");
		equal(titles("aksara.objects(?, aksara.exclude(?, ?), aksara.order_by(?))", "Post", "category__slug", "tech", "title"),
				List.of(FIRST, "Third"), "exclude");
		equal(titles("aksara.objects(?, aksara.order_by(?), aksara.slice(?, ?))", "Post", "title", 1, 3),
				List.of("Second", "Third"), "slice by integers");
		equal(titles("aksara.objects(?, aksara.order_by(?), aksara.slice(?))", "Post", "title", 1L), List.of(FIRST),
				"slice by a long");
		equal(titles("aksara.filter(aksara.objects(?), ?, ?)", "Post", "views", 20), List.of("Second"),
				"a builder that takes a query set");
	}

	/** The same statement with changing values, more often than it takes to prepare it and to keep its plan. */
	static void often() throws SQLException {
		List<Object> seen = new ArrayList<>();
		try (PreparedStatement statement = bound("count(" + FILTERED + ")", "Post", "author__name", "")) {
			for (int i = 0; i < 15; i++) {
				statement.setString(3, List.of("Jane", "John", "Nobody").get(i % 3));
				ResultSet rows = statement.executeQuery();
				rows.next();
				seen.add(rows.getLong(1));
			}
		}
		List<Object> wanted = new ArrayList<>();
		for (int i = 0; i < 15; i++)
			wanted.add(List.of(2L, 1L, 0L).get(i % 3));
		equal(seen, wanted, "one statement, changing values");
		equal((Long) one("SELECT count(*) FROM pg_prepared_statements") > 0, !POOLED, "it was prepared, but behind a pooler");
	}

	static void json() throws SQLException {
		create("Note", "{\"data\": {\"a\": [1, 2], \"b\": \"x\"}, \"size\": 9007199254740993}");
		String count = "SELECT aksara.count(aksara.objects('Note', aksara.filter(?, ?)))";
		equal(one(count, "data", "{\"a\": [1, 2], \"b\": \"x\"}"), 1L, "a JSON field by its whole text");
		equal(one(count, "data__contains", "{\"b\": \"x\"}"), 1L, "contains");
		equal(one(count, "data__a__0", 1), 1L, "a number below it");
		equal(one(count, "data__b", "x"), 1L, "a string below it");
		equal(one("SELECT count(*) FROM aksara.rows(NULL::notes, ?) n WHERE n.data ?? ?", "{\"model\": \"Note\"}", "a"), 1L,
				"the operator ?, written ??");
		equal(one("SELECT count(*) FROM aksara.rows(NULL::notes, ?) n WHERE n.data ??| ?", "{\"model\": \"Note\"}",
				array("text", "a", "z")), 1L, "the operator ?|, written ??|");
		equal(one("SELECT size FROM aksara.rows(NULL::notes, ?) n WHERE n.data @?? '$.a'", "{\"model\": \"Note\"}"),
				9007199254740993L, "the operator @?, written @??");
	}

	static void manyToMany() throws SQLException {
		String names = "SELECT t ->> 'name' FROM aksara.fetch(aksara.related(?, ?, ?)) t";
		equal(one("related_add(?, ?, ?, ?, ?)", "Post", post, "tags", tutorial, news), 2, "related_add, strings");
		equal(one("related_add(?, ?, ?, ?)", "Post", UUID.fromString(post), "tags", UUID.fromString(news)), 0, "UUIDs");
		equal(one("related_add(?, ?, ?, ?)", "Post", post, "tags", UUID.fromString(news)), 0, "one of each");
		equal(one("related_add(?, ?, ?, ?)", "Post", post, "tags", "{\"id\": \"" + news + "\", \"name\": \"other\"}"), 0,
				"an object");
		equal(column(names, "Post", post, "tags"), List.of("News", "Tutorial"), "the links");
		equal(one("related_contains(?, ?, ?, ?)", "Post", post, "tags", news), true, "related_contains");
		equal(one("related_remove(?, ?, ?, VARIADIC ?)", "Post", post, "tags", array("text", news)), 1,
				"VARIADIC of a text array");
		equal(one("related_add(?, ?, ?, VARIADIC ?)", "Post", UUID.fromString(post), "tags",
				array("uuid", UUID.fromString(news))), 1, "VARIADIC of a uuid array");
		equal(one("SELECT added FROM aksara.related_set(?, ?, ?, ?)", "Post", post, "tags", tutorial), 0, "related_set");
		equal(column(names, "Post", UUID.fromString(post), "tags"), List.of("Tutorial"), "its links");
		equal(titles("aksara.related(?, ?, ?)", "Tag", tutorial, "posts"), List.of(FIRST), "the other side");
		equal(titles(FILTERED, "Post", "tags__name__in", array("text", "Tutorial", "News")), List.of(FIRST),
				"a filter over tags");
		equal(one("related_clear(?, ?, ?)", "Post", post, "tags"), 1, "related_clear");
	}

	static void nested() throws SQLException {
		equal(one("SELECT f -> 'posts' -> 0 -> 'author' ->> 'name' FROM aksara.fetch(?) f",
				"{\"model\": \"Category\", \"filter\": {\"slug\": \"python\"}, \"prefetch_related\": [\"posts__author\"]}"),
				"Jane", "prefetch_related");
		equal(one("SELECT aksara.get(aksara.related(?, ?, ?)) ->> 'bio'", "User", jane, "profile"), "Tech writer", "one-to-one");
		equal(one("SELECT aksara.get(aksara.objects(?, aksara.filter(?, ?), aksara.select_related(?, ?))) -> ? ->> ?", "Post",
				"title", FIRST, "author", "category", "author", "name"), "Jane", "select_related");
		equal(column("SELECT views FROM aksara.rows(NULL::posts, aksara.objects(?, aksara.filter(?, ?))) ORDER BY title", "Post",
				"author__email", "jane@example.com"), List.of(10, 20), "rows have their types");
	}

	static void writes() throws SQLException {
		equal(one("update(aksara.objects(?, aksara.filter(?, ?)), ?)", "Post", "views__gte", 20, "{\"views\": 21}"), 1L,
				"update");
		equal(one("SELECT aksara.save(?, ?) ->> 'views'", "Post", "{\"id\": \"" + second + "\", \"title\": \"Second\"}"), "21",
				"save writes the given fields");
		equal(column("bulk_create(?, ?)", "Tag", "[{\"name\": \"a\", \"slug\": \"a\"}, {\"name\": \"b\", \"slug\": \"b\"}]")
				.size(), 2, "bulk_create");
		for (boolean fresh : new boolean[] {true, false})
			equal(one("SELECT created FROM aksara.get_or_create(?, ?, ?)", "Tag", "{\"slug\": \"new\"}",
					"{\"name\": \"New\"}"), fresh, "get_or_create");
		equal(one("SELECT object ->> 'name' FROM aksara.update_or_create(?, ?, ?)", "Tag", "{\"slug\": \"new\"}",
				"{\"name\": \"Newer\"}"), "Newer", "update_or_create");
		for (String type : List.of("text", "varchar"))
			equal(one("SELECT created FROM aksara.upsert(?, ?, ?)", "Tag", "{\"slug\": \"new\", \"name\": \"" + type + "\"}",
					array(type, "slug")), false, "upsert, a " + type + " array of keys");
		equal(one("bulk_update(?, ?)", "Post", "[{\"id\": \"" + second + "\", \"content\": \"c\"}]"), 1L, "bulk_update");
		report(one("related_create(?, ?, ?, ?)", "Post", second, "tags", "{\"name\": \"Made\", \"slug\": \"made\"}") != null,
				"related_create, a string");
		report(one("related_create(?, ?, ?, ?)", "Post", UUID.fromString(second), "tags",
				"{\"name\": \"Too\", \"slug\": \"too\"}") != null, "related_create, a UUID");
		one("create_model(?, ?, ?)", "Seat", "{\"hall\": \"String\", \"number\": \"Integer\"}",
				"{\"primary_key\": [\"hall\", \"number\"]}");
		one("create(?, ?)", "Seat", "{\"hall\": \"A\", \"number\": 7}");
		equal(one("SELECT aksara.get_by_key(?, ?, ?) ->> 'hall'", "Seat", "A", "7"), "A", "a key of two parts, strings");
		equal(one("SELECT aksara.get_by_key(?, ?, ?) ->> 'hall'", "Seat", "A", 7), "A", "with their types");
		equal(one("SELECT aksara.delete(aksara.objects(?, aksara.filter(?, ?))) ->> 'total'", "Tag", "slug__in",
				array("text", "a", "b", "new")), "3", "delete");
		equal(one("SELECT aksara.delete_by_key(?, ?) ->> 'total'", "Category", UUID.fromString(python)), "1", "delete_by_key");
		equal(one("SELECT aksara.get_by_key(?, ?) ->> 'category_id'", "Post", post), null, "SET_NULL");
	}

	// ---- refusals ----

	static void refusals() throws SQLException {
		String unknown = UUID.randomUUID().toString();
		String customer = (String) create("Customer", "{\"name\": \"Acme\"}");
		String order = (String) create("Order", "{\"number\": 1, \"customer\": \"" + customer + "\"}");

		fails("P0002", "no row", "schema=blog table=posts", "get(?, ?)", "Post", "{\"title\": \"nothing\"}");
		fails("P0002", "no row with this key", "", "get_by_key(?, ?)", "Post", UUID.randomUUID());
		fails("P0003", "several rows", "table=posts", "get(?, ?)", "Post", "{\"author\": \"" + jane + "\"}");
		fails("42P01", "unknown model", "Post", "create(?, ?)", "Posst", "{}");
		fails("42703", "unknown field", "title", "count(" + FILTERED + ")", "Post", "titel", "x");
		fails("42703", "unknown field in a document", "schema=blog table=tags name", "create(?, ?)", "Tag",
				"{\"name\": \"a\", \"slug\": \"a\", \"nmae\": \"b\"}");
		fails("42883", "unknown lookup", "contains", "count(?, ?)", "Post", "{\"title__containz\": \"x\"}");
		fails("42P16", "unknown option", "max_length", "create_model(?, ?)", "Bad",
				"{\"a\": {\"type\": \"String\", \"max_lenght\": 5}}");
		fails("22023", "a fraction for an integer", "schema=blog table=posts column=views", "create(?, ?)", "Post",
				"{\"title\": \"t\", \"content\": \"c\", \"author\": \"" + jane + "\", \"views\": 1.9}");
		fails("22P02", "no uuid", "", "count(" + FILTERED + ")", "Post", "reference", "x");
		fails("22P02", "no JSON", "", "create(?, ?)", "Post", "{");
		fails("22004", "null for the document", "", "create(?, ?)", "Tag", new Null(Types.VARCHAR));
		fails("22004", "null for the model", "", "create(?, ?)", new Null(Types.VARCHAR), "{}");
		fails("22004", "null for the key", "", "get_by_key(?, ?)", "Tag", new Null(Types.OTHER));
		fails("23514", "several problems of one document", "\"title\": \"views\": \"author\":", "create(?, ?)", "Post",
				"{\"views\": \"x\", \"title\": null}");
		fails("23505", "a value twice", "schema=blog table=tags constraint=tags_name_key", "create(?, ?)", "Tag",
				"{\"name\": \"Tutorial\", \"slug\": \"other\"}");
		fails("23503", "a key without its row", "table=posts constraint=posts_author_id_fkey", "create(?, ?)", "Post",
				"{\"title\": \"t\", \"content\": \"c\", \"author\": \"" + unknown + "\"}");
		fails("23514", "no email", "schema=blog table=users", "create(?, ?)", "User", "{\"email\": \"nonsense\", \"name\": \"x\"}");
		fails("23514", "a plain INSERT", "table=users constraint=users_email_email",
				"INSERT INTO users (email, name) VALUES (?, ?)", "nonsense", "x");
		fails("23001", "protected", "schema=blog " + order, "delete_by_key(?, ?)", "Customer", customer);
		fails("23001", "protected from a plain DELETE", order, "DELETE FROM customers WHERE id = ?", UUID.fromString(customer));
		connected(STRANGER, () -> {
			fails("42501", "reading without rights", "", "fetch_all(?)", "{\"model\": \"blog.Post\"}");
			fails("42501", "writing without rights", "", "create(?, ?)", "blog.Tag", "{\"name\": \"a\", \"slug\": \"a\"}");
		});
	}

	/** An error leaves a transaction as any error does: back to the savepoint, and on. */
	static void transactions() throws SQLException {
		connection.setAutoCommit(false);
		create("Tag", "{\"name\": \"Kept\", \"slug\": \"kept\"}");
		Savepoint here = connection.setSavepoint();
		fails("23505", "in a transaction", "", "create(?, ?)", "Tag", "{\"name\": \"Kept\", \"slug\": \"kept\"}");
		connection.rollback(here);
		connection.commit();
		connection.setAutoCommit(true);
		equal(one("count(?, ?)", "Tag", "{\"slug\": \"kept\"}"), 1L, "what was done before a savepoint stays");
	}

	// ---- tasks ----

	static long first;

	static String tag(String slug) {
		return "{\"name\": \"" + slug + "\", \"slug\": \"" + slug + "\"}";
	}

	static Object tagCount(String... slugs) throws SQLException {
		return one("count(aksara.objects(?, aksara.filter(?, ?)))", "Tag", "slug__in", array("text", (Object[]) slugs));
	}

	/** A member of a task as get_task gives it. */
	static Object member(Object task, String name) throws SQLException {
		return one("SELECT aksara.get_task(?) ->> ?", task, name);
	}

	static Object runTasks() throws SQLException {
		return one("CALL aksara.run_tasks()");
	}

	/** Handlers are functions of the blog; an interval is a PGInterval, or stands in the statement. */
	static void enqueued() throws SQLException {
		first = (Long) one("enqueue(?, ?)", "add_tag", tag("one"));
		OffsetDateTime past = OffsetDateTime.now().minusHours(1).truncatedTo(ChronoUnit.MICROS);
		Object second = one("enqueue(?, ?, priority => ?, run_at => ?, group_key => ?, depends_on => ?)", "add_tag",
				value("jsonb", tag("two")), 5, past, "tags", array("int8", first));
		equal(List.of(member(second, "state"), member(second, "priority"), member(second, "group_key")),
				List.of("blocked", "5", "tags"), "arguments by name, args as jsonb");
		equal(one("SELECT run_at FROM aksara.tasks WHERE id = ?", second), java.sql.Timestamp.from(past.toInstant()), "run_at");
		equal(one("why(?)", second), "it waits for tasks: " + first, "why");
		Object third = one("enqueue(?, depends_on => ?, on_parent_failure => ?)", "refuse", array("int4", (int) first), "run");
		equal(member(third, "args"), "{}", "a list of integers to wait for, and no args");
		equal(runTasks(), 3L, "CALL gives a row");
		equal(tagCount("one", "two"), 2L, "they ran");
		equal(one("SELECT aksara.await_task(?, ?) -> ? ->> ?", second, new PGInterval("10 secs"), "result", "slug"), "two",
				"await_task");
		equal(one("SELECT state FROM aksara.tasks WHERE id = ?", first), "completed", "aksara.tasks by a number");
		equal(one("SELECT count(*) FROM aksara.tasks WHERE id = ANY(?)", array("int8", first, second)), 2L, "by a list of them");
	}

	static void later() throws SQLException {
		OffsetDateTime soon = OffsetDateTime.now().plusHours(1);
		Object[][] cases = {
			{"delay in the statement", "delay => '1 hour'"},
			{"a PGInterval", "delay => ?", new PGInterval("1 hour")},
			{"an OffsetDateTime", "run_at => ?", soon},
			{"a Timestamp", "run_at => ?", java.sql.Timestamp.from(soon.toInstant())},
			{"null, and delay", "run_at => ?, delay => '1 hour'", new Null(Types.TIMESTAMP_WITH_TIMEZONE)},
		};
		Object task = null;
		for (Object[] when : cases) {
			List<Object> values = new ArrayList<>(List.of("add_tag", tag("later")));
			values.addAll(Arrays.asList(when).subList(2, when.length));
			task = one("enqueue(?, ?, " + when[1] + ")", values.toArray());
			equal(member(task, "state"), "waiting", when[0] + ": it waits");
			equal(one("cancel(?)", task), "cancelled", "cancel");
		}
		fails("42883", "a string for an interval", "", "enqueue(?, ?, delay => ?)", "add_tag", tag("later"), "1 hour");
		equal(one("cancel(?)", task), "finished", "cancel of one that has ended");
		equal(one("CALL aksara.run_tasks(?, ?)", "default", 10), 0L, "CALL with values");
		equal(one("retry(?)", task), true, "retry");
		equal(one("CALL aksara.run_tasks(most => ?)", 1L), 1L, "CALL with a name");
		equal(tagCount("later"), 1L, "it ran at once");
		equal(one("await_task(?, '10 ms')", one("enqueue(?, max_attempts => ?)", "refuse", 1)), null,
				"await_task of one that nobody runs");
		runTasks();
		equal(one("SELECT error ->> ? FROM aksara.tasks WHERE state = ? AND task = ?", "message", "failed", "refuse"), "not today",
				"the error of a body");
		Set<Object> same = new HashSet<>();
		for (String words : List.of("keep", "replace", "reset"))
			same.add(one("enqueue(?, ?, key => ?, on_conflict => ?, delay => ?)", "add_tag", tag("key"), "k", words,
					new PGInterval("1 hour")));
		equal(same.size(), 1, "a key stands for one task");
		equal(one("cancel(?)", same.iterator().next()), "cancelled", "which is one to cancel");
	}

	/** The escapes of JDBC for functions and procedures. */
	static void callable() throws SQLException {
		try (CallableStatement call = connection.prepareCall("{? = call aksara.enqueue(?, ?)}")) {
			call.registerOutParameter(1, Types.BIGINT);
			call.setString(2, "add_tag");
			call.setString(3, tag("escape"));
			call.execute();
			report(call.getLong(1) > first, "{? = call} of a function");
		}
		try (CallableStatement call = connection.prepareCall("CALL aksara.run_tasks(?, ?, ?)")) {
			call.setString(1, "default");
			call.setLong(2, 10);
			call.setNull(3, Types.BIGINT);
			call.registerOutParameter(3, Types.BIGINT);
			call.execute();
			equal(call.getLong(3), 1L, "CALL of a procedure, INOUT");
		}
	}

	/** A task belongs to the transaction of the rows that are written with it. */
	static void withRows() throws SQLException {
		for (boolean commit : new boolean[] {false, true}) {
			connection.setAutoCommit(false);
			create("Tag", tag("row"));
			one("on_commit(?, ?)", "add_tag", tag("task"));
			if (commit)
				connection.commit();
			else
				connection.rollback();
			connection.setAutoCommit(true);
			runTasks();
			equal(tagCount("row", "task"), commit ? 2L : 0L, "on_commit and " + (commit ? "commit" : "rollback"));
		}
		List<Object> many = column("enqueue_many(?)", "[{\"task\": \"add_tag\", \"args\": " + tag("m1") + ", \"priority\": 1},"
				+ " {\"task\": \"add_tag\", \"args\": " + tag("m2") + ", \"depends_on\": [" + first + "]}]");
		equal(many.size(), 2, "enqueue_many");
		equal(runTasks(), 2L, "both are due");
		equal(tagCount("m1", "m2"), 2L, "they ran");
	}

	static void tasksRefused() throws SQLException {
		String put = "enqueue(?, ?)";
		fails("42704", "unknown task", "add_tag", put, "ad_tag", "{}");
		fails("22023", "a list for args", "", put, "add_tag", "[1]");
		fails("22P02", "no JSON", "", put, "add_tag", "{");
		fails("22004", "null for the task", "", put, new Null(Types.VARCHAR), "{}");
		fails("22004", "null for args", "", put, "add_tag", new Null(Types.VARCHAR));
		fails("22004", "null for args, without a type", "", put, "add_tag", new Null(Types.OTHER));
		fails("22004", "null for the number", "", "get_task(?)", new Null(Types.BIGINT));
		fails("22023", "a negative delay", "", "enqueue(?, delay => ?)", "add_tag", new PGInterval("-1 secs"));
		fails("P0002", "a task to wait for that is not there", "", "enqueue(?, depends_on => ?)", "add_tag", array("int8", 0L));
		fails("23514", "several problems of one list", "[0].task [1].delay add_tag", "enqueue_many(?)",
				"[{\"task\": \"ad_tag\"}, {\"task\": \"add_tag\", \"delay\": \"-1 s\"}]");
		fails("P0002", "no such task", "", "get_task(?)", 0);
		connection.setAutoCommit(false);
		fails("2D000", "CALL in a transaction", "", "CALL aksara.run_tasks()");
		connection.rollback();
		connection.setAutoCommit(true);
		connected(STRANGER, () -> {
			fails("P0002", "another role's task", "", "get_task(?)", first);
			fails("42501", "cancelling it", "", "cancel(?)", first);
		});
	}

	static void tasks() throws SQLException {
		one("CREATE FUNCTION add_tag(args jsonb) RETURNS json LANGUAGE sql AS $$SELECT aksara.create('blog.Tag', args)$$");
		one("CREATE FUNCTION refuse() RETURNS void LANGUAGE plpgsql AS $$BEGIN RAISE 'not today'; END$$");
		one("register_task(?, ?)", "add_tag", "add_tag");
		one("register_task(?, ?, max_attempts => ?, retry_delay => ?, timeout => ?)", "refuse", "refuse", 1, 0.5,
				new PGInterval("1 min"));
		section("enqueued", JdbcBlog::enqueued);
		section("later", JdbcBlog::later);
		section("callable", JdbcBlog::callable);
		section("with rows", JdbcBlog::withRows);
		section("tasks refused", JdbcBlog::tasksRefused);
		for (String name : List.of("add_tag", "refuse"))
			equal(one("unregister_task(?)", name), true, "unregister_task " + name);
		report((Long) one("purge(?, ?)", new PGInterval("0 secs"), array("text", "completed", "failed", "cancelled", "retried")) > 0,
				"purge");
		equal(one("SELECT count(*) FROM aksara.tasks"), 0L, "nothing is left");
	}

	/** Strings can also go out without a type. */
	static void unspecified() throws SQLException {
		equal(one("count(?, ?)", "Post", "{\"title\": \"Third\"}"), 1L, "stringtype=unspecified: a document");
		equal(titles(FILTERED, "Post", "views", "21"), List.of("Second"), "a value");
		equal(one("count(" + FILTERED + ")", "Post", "published", true), 2L, "a typed value");
		equal(one("SELECT aksara.get_by_key(?, ?) ->> 'title'", "Post", third), "Third", "a key");
		equal(one("related_add(?, ?, ?, ?)", "Post", third, "tags", news), 1, "related_add");
		one("register_task(?, ?, timeout => ?)", "refuse", "refuse", "1 min");
		Object task = one("enqueue(?, ?, delay => ?)", "refuse", "{}", "1 hour");
		equal(member(task, "state"), "waiting", "an interval");
		equal(one("cancel(?)", task), "cancelled", "a number");
		one("unregister_task(?)", "refuse");
		equal(one("purge(?, ?)", "0 s", "{cancelled}"), 1L, "an interval, and a list");
	}

	static void walk() {
		section("backends", JdbcBlog::backends);
		section("definitions", JdbcBlog::definitions);
		section("creation", JdbcBlog::creation);
		section("single rows", JdbcBlog::singleRows);
		section("bound values", JdbcBlog::boundValues);
		section("pairs", JdbcBlog::pairs);
		section("often", JdbcBlog::often);
		section("json", JdbcBlog::json);
		section("many to many", JdbcBlog::manyToMany);
		section("nested", JdbcBlog::nested);
		section("writes", JdbcBlog::writes);
		section("refusals", JdbcBlog::refusals);
		section("transactions", JdbcBlog::transactions);
		section("tasks", JdbcBlog::tasks);
	}

	public static void main(String[] args) throws SQLException {
		models = args[0];
		connected("postgres", () -> {
			one("CREATE ROLE " + OWNER + " LOGIN");
			one("CREATE ROLE " + STRANGER + " LOGIN");
			one("CREATE SCHEMA blog AUTHORIZATION " + OWNER);
			one("GRANT USAGE ON SCHEMA blog TO " + STRANGER);
			one("ALTER ROLE " + OWNER + " SET search_path = blog");
			connected(OWNER, JdbcBlog::walk);
			connected(OWNER, () -> section("unspecified", JdbcBlog::unspecified), "stringtype", "unspecified");
			one("DROP SCHEMA blog CASCADE");
			one("DROP ROLE " + OWNER + ", " + STRANGER);
		});
		System.out.println("1.." + checks);
		System.exit(failures > 0 ? 1 : 0);
	}
}
