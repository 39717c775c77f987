package dev.croft;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ConditionalExpressionTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.ParenthesizedTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** House rules about what calls are given, which the classes do not show any more: read from the sources with javac's own parser. */
class SourceRulesTest {

    private static final Path SOURCES = Path.of("src/main/java/dev/croft");

    /** Which argument of a method is SQL. */
    private static final Map<String, Integer> SQL = Map.of(
            "sql", 0,
            "prepareStatement", 0,
            "execute", 0,
            "executeQuery", 0,
            "executeUpdate", 0,
            "batchUpdate", 0,
            "queryForList", 0);

    /** What is no literal and goes into SQL all the same, because no parameter can stand there. */
    private static final Map<String, Set<String>> NO_LITERALS = Map.of(
            // Names of its own enum's constants.
            "OperationTable", Set.of("lane.kinds()"),
            // A database as a whole: names of tables and columns as the database itself has them, in quotation marks.
            "DatabaseDump",
                    Set.of(
                            "quoted(table)",
                            "quoted(column)",
                            "columns.stream().map((column)->quoted(column.name())).collect(Collectors.joining(\", \"))",
                            "String.join(\", \", columns.stream().map((column)->\"?\").toList())",
                            "next"));

    private static final List<Source> READ = new ArrayList<>();

    private record Source(String name, CompilationUnitTree unit) {}

    @BeforeAll
    static void read() throws IOException {
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
                Stream<Path> paths = Files.walk(SOURCES)) {
            List<Path> sources = paths.filter(path -> path.toString().endsWith(".java"))
                    .filter(path -> !path.endsWith("package-info.java"))
                    .toList();
            var task = (JavacTask) compiler.getTask(
                    null, files, null, List.of("-proc:none"), null, files.getJavaFileObjectsFromPaths(sources));
            for (CompilationUnitTree unit : task.parse()) {
                String file =
                        Path.of(unit.getSourceFile().toUri()).getFileName().toString();
                READ.add(new Source(file.replace(".java", ""), unit));
            }
        }
    }

    @Test
    void everyStatementTakesItsValuesAsParameters() {
        var faults = new TreeSet<String>();
        var seen = new int[1];
        for (Source source : READ) {
            new Calls() {
                @Override
                void call(String method, MethodInvocationTree call) {
                    Integer at = SQL.get(method);
                    if (at != null && call.getArguments().size() > at && !(isNoStatement(call))) {
                        seen[0]++;
                        new Pieces(source, faults).look(call.getArguments().get(at));
                    }
                }
            }.scan(source.unit(), null);
        }

        assertThat(seen[0]).as("statements").isGreaterThan(150);
        assertThat(faults).as("put into SQL without being a parameter").isEmpty();
    }

    /** Of other things than databases. */
    private static boolean isNoStatement(MethodInvocationTree call) {
        String whose = call.getMethodSelect() instanceof MemberSelectTree select
                ? select.getExpression().toString()
                : "this";
        return call.getMethodSelect().toString().matches("(.*\\.)?execute") && !whose.equals("statement");
    }

    @Test
    void digestsAreSha256AndCiphersAuthenticated() {
        var asked = new TreeSet<String>();
        for (Source source : READ) {
            new Calls() {
                @Override
                void call(String method, MethodInvocationTree call) {
                    if (method.equals("getInstance")
                            && call.getMethodSelect()
                                    .toString()
                                    .matches(
                                            "(MessageDigest|Cipher|Mac|KDF|SecretKeyFactory|Signature|KeyPairGenerator)\\.getInstance")) {
                        asked.add(call.getMethodSelect().toString().replace(".getInstance", " ")
                                + value(source, call.getArguments().getFirst()));
                    }
                }
            }.scan(source.unit(), null);
        }

        assertThat(asked)
                .containsExactlyInAnyOrder(
                        "MessageDigest SHA-256",
                        "Cipher AES/GCM/NoPadding",
                        "KDF HKDF-SHA256",
                        "Mac HmacSHA256",
                        "SecretKeyFactory PBKDF2WithHmacSHA512");
    }

    private static String value(Source source, ExpressionTree expression) {
        if (expression instanceof LiteralTree literal) {
            return String.valueOf(literal.getValue());
        }
        var found = new ArrayList<String>();
        new TreeScanner<Void, Void>() {
            @Override
            public Void visitVariable(VariableTree variable, Void nothing) {
                if (variable.getName().contentEquals(expression.toString())
                        && variable.getInitializer() instanceof LiteralTree literal) {
                    found.add(String.valueOf(literal.getValue()));
                }
                return super.visitVariable(variable, nothing);
            }
        }.scan(source.unit(), null);
        return found.size() == 1 ? found.getFirst() : "by " + expression + " in " + source.name();
    }

    private abstract static class Calls extends TreeScanner<Void, Void> {

        abstract void call(String method, MethodInvocationTree call);

        @Override
        public Void visitMethodInvocation(MethodInvocationTree call, Void nothing) {
            String method = call.getMethodSelect().toString();
            call(method.substring(method.lastIndexOf('.') + 1), call);
            return super.visitMethodInvocation(call, nothing);
        }
    }

    /** Follows what a text is put together of to its literals, within one file. */
    private static final class Pieces {

        private final Source source;
        private final Set<String> faults;
        private final Set<String> followed = new HashSet<>();

        Pieces(Source source, Set<String> faults) {
            this.source = source;
            this.faults = faults;
        }

        void look(ExpressionTree piece) {
            if (NO_LITERALS
                    .getOrDefault(source.name(), Set.of())
                    .contains(piece.toString().replaceAll("\\s+->\\s*|->\\s*", "->"))) {
                return;
            }
            switch (piece) {
                case LiteralTree literal -> {}
                case ParenthesizedTree inner -> look(inner.getExpression());
                case BinaryTree sum -> {
                    look(sum.getLeftOperand());
                    look(sum.getRightOperand());
                }
                case ConditionalExpressionTree either -> {
                    look(either.getTrueExpression());
                    look(either.getFalseExpression());
                }
                case NewClassTree made
                when made.getIdentifier().toString().equals("StringBuilder") ->
                    made.getArguments().forEach(this::look);
                case MethodInvocationTree call
                when call.getMethodSelect() instanceof MemberSelectTree select
                        && Set.of("strip", "formatted")
                                .contains(select.getIdentifier().toString()) -> {
                    look(select.getExpression());
                    call.getArguments().forEach(this::look);
                }
                case IdentifierTree name -> follow(name.getName().toString());
                default -> faults.add(source.name() + ": " + piece);
            }
        }

        /** All that a variable, or a parameter, can be in this file. */
        private void follow(String name) {
            if (!followed.add(name)) {
                return;
            }
            int[] found = new int[1];
            new TreeScanner<Void, String>() {
                @Override
                public Void visitVariable(VariableTree variable, String method) {
                    if (variable.getName().contentEquals(name) && variable.getInitializer() != null) {
                        found[0]++;
                        look(variable.getInitializer());
                    }
                    return super.visitVariable(variable, method);
                }

                @Override
                public Void visitAssignment(AssignmentTree assignment, String method) {
                    if (assignment.getVariable().toString().equals(name)) {
                        look(assignment.getExpression());
                    }
                    return super.visitAssignment(assignment, method);
                }

                @Override
                public Void visitMethodInvocation(MethodInvocationTree call, String method) {
                    appended(call);
                    return super.visitMethodInvocation(call, method);
                }

                private void appended(MethodInvocationTree call) {
                    if (call.getMethodSelect() instanceof MemberSelectTree select
                            && select.getIdentifier().contentEquals("append")
                            && (select.getExpression().toString().equals(name)
                                    || select.getExpression().toString().startsWith(name + ".append("))) {
                        look(call.getArguments().getFirst());
                    }
                }

                @Override
                public Void visitClass(ClassTree type, String method) {
                    for (Tree member : type.getMembers()) {
                        if (member instanceof MethodTree made) {
                            for (int at = 0; at < made.getParameters().size(); at++) {
                                if (made.getParameters().get(at).getName().contentEquals(name)) {
                                    found[0]++;
                                    given(made.getName().toString(), at);
                                }
                            }
                        }
                    }
                    return super.visitClass(type, method);
                }
            }.scan(source.unit(), "");
            if (found[0] == 0) {
                faults.add(source.name() + ": " + name + ", which comes from elsewhere");
            }
        }

        private void given(String method, int at) {
            new Calls() {
                @Override
                void call(String called, MethodInvocationTree call) {
                    if (call.getMethodSelect().toString().equals(method)
                            && call.getArguments().size() > at) {
                        look(call.getArguments().get(at));
                    }
                }
            }.scan(source.unit(), null);
        }
    }
}
