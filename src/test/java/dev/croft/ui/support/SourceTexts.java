package dev.croft.ui.support;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ConditionalExpressionTree;
import com.sun.source.tree.ConstantCaseLabelTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.ImportTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.ParenthesizedTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import dev.croft.kernel.Phrase;
import dev.croft.kernel.Sentence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/** What the sources say to people: the texts that are translated, and words that look as if they should be. Read with javac's own parser. */
final class SourceTexts {

    static final Path SCREENS = Path.of("src/main/java/dev/croft/ui");
    private static final Path MODULES = Path.of("src/main/java/dev/croft");
    private static final Path SCRIPTS = Path.of("src/main/frontend/croft");

    /** By method: the index of the text, and of the first value; -1: values are not known here. */
    private static final Map<String, int[]> CALLS = Map.of(
            "t", new int[] {0, 1},
            "rich", new int[] {0, 1},
            "mark", new int[] {0, -1},
            "inContext", new int[] {1, 2},
            "in", new int[] {1, 2},
            "Phrase.of", new int[] {0, 1},
            "Phrase.inContext", new int[] {1, 2});

    /** Sources of other modules that say everything to people by phrases. */
    private static final Set<String> ONLY_PHRASES = Set.of("desired/internal/Edits.java");

    /** t('…') and t("…") in TypeScript, where texts are one literal. */
    private static final Pattern SCRIPT_CALL =
            Pattern.compile("(?<![\\w.])t\\(\\s*(?:'((?:[^'\\\\]|\\\\.)*)'|\"((?:[^\"\\\\]|\\\\.)*)\")");

    private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\\n]|\\\\.)*)\"");

    /** Words for people: two with a space between, or one that begins with a capital. */
    private static final Pattern WORDS = Pattern.compile(
            ".*[\\p{L}…,.:] +\\p{L}.*|\\p{Lu}\\p{Ll}+.*|.* \\p{Ll}{3,}.*|\\p{Ll}{3,} +", Pattern.DOTALL);

    /** Their arguments are for programs: scripts, selectors, names of classes and attributes. */
    private static final Set<String> FOR_PROGRAMS = Set.of(
            "executeJs",
            "addClassName",
            "addClassNames",
            "setId",
            "set",
            "error",
            "warn",
            "info",
            "debug",
            "ofPattern",
            "matches",
            "replaceAll",
            "replaceFirst",
            "split",
            "compile",
            "equals",
            "addMetaTag",
            "select",
            "setHeader",
            "withDetail",
            "raw");

    /** What looks like words and is read by programs. */
    private static final Set<String> NO_WORDS = Set.of(
            "img-src 'self' data:",
            "font-src 'self' data:",
            "light dark",
            "profile email",
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 ",
            "' shape-rendering='crispEdges'><rect width='100%' height='100%' fill='#fff'/><path d='",
            "' fill='#000'/></svg>",
            "Mon..Fri *-*-* 04:00",
            "www.shop.example shop.example",
            "Accept-Language",
            "not deployed",
            "SystemV/",
            "-----BEGIN CERTIFICATE-----",
            "-----BEGIN PRIVATE KEY-----",
            "-----BEGIN OPENSSH PRIVATE KEY-----",
            "text/html; charset=utf-8");

    /** Names of products are the same in every language. */
    static final Set<String> NAMES =
            Set.of("Croft", "IPv6", "PostgreSQL", "MariaDB", "Redis", "Python", "Node.js", "Nix", "MySQL", "Keycloak");

    /** A text and the files that say it. The key has its context before it, if it has one. */
    final SortedMap<String, TreeSet<String>> texts = new TreeMap<>();

    /** What is wrong with a call, each with file and line. */
    final List<String> faults = new ArrayList<>();

    /** Literals that look like words for people and are translated nowhere: file and line, then the words. */
    final List<String> forgotten = new ArrayList<>();

    static SourceTexts read() {
        var found = new SourceTexts();
        try {
            found.readJava();
            found.readScripts();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    /** Everything that stands in quotation marks below a directory, but for one file, one a line. */
    static String literals(String directory, String butFor) {
        var found = new StringBuilder();
        try (Stream<Path> paths = Files.walk(Path.of(directory))) {
            for (Path path : paths.filter(each -> each.toString().endsWith(".java"))
                    .filter(each -> !each.endsWith(butFor))
                    .toList()) {
                LITERAL.matcher(Files.readString(path))
                        .results()
                        .forEach(each -> found.append(each.group(1).replace("\\\"", "\""))
                                .append('\n'));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found.toString();
    }

    private void readJava() throws IOException {
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
                Stream<Path> paths = Files.walk(MODULES)) {
            List<Path> sources = paths.filter(path -> path.toString().endsWith(".java"))
                    .filter(path -> !path.endsWith("package-info.java") && !path.endsWith("Texts.java"))
                    .filter(path -> path.startsWith(SCREENS) || saysPhrases(path))
                    .sorted()
                    .toList();
            Iterable<? extends JavaFileObject> objects = files.getJavaFileObjectsFromPaths(sources);
            var task = (JavacTask) compiler.getTask(null, files, null, List.of("-proc:none"), null, objects);
            Trees trees = Trees.instance(task);
            for (CompilationUnitTree unit : task.parse()) {
                Path path = Path.of(unit.getSourceFile().toUri());
                boolean screen = path.startsWith(SCREENS.toAbsolutePath());
                String name = (screen ? SCREENS : MODULES)
                        .toAbsolutePath()
                        .relativize(path)
                        .toString();
                new Reader(unit, trees, name, screen || ONLY_PHRASES.contains(name)).scan(unit, null);
            }
        }
    }

    private static boolean saysPhrases(Path source) {
        try {
            return Files.readString(source).contains("Phrase.");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void readScripts() throws IOException {
        try (Stream<Path> paths = Files.walk(SCRIPTS)) {
            for (Path path : paths.filter(each -> each.toString().endsWith(".ts"))
                    .filter(each -> !each.endsWith("texts.ts"))
                    .sorted()
                    .toList()) {
                Matcher call = SCRIPT_CALL.matcher(Files.readString(path));
                while (call.find()) {
                    String text = call.group(1) == null ? call.group(2) : call.group(1);
                    add(text.translateEscapes(), path.getFileName().toString());
                }
            }
        }
    }

    private void add(String key, String file) {
        texts.computeIfAbsent(key, unused -> new TreeSet<>()).add(file);
    }

    private final class Reader extends TreePathScanner<Void, Void> {

        private final CompilationUnitTree unit;
        private final Trees trees;
        private final String file;
        private final boolean forPeople;
        private final Set<String> imported;

        /** @param forPeople words that are not translated were forgotten */
        Reader(CompilationUnitTree unit, Trees trees, String file, boolean forPeople) {
            this.unit = unit;
            this.trees = trees;
            this.file = file;
            this.forPeople = forPeople;
            this.imported = unit.getImports().stream()
                    .filter(ImportTree::isStatic)
                    .map(each -> each.getQualifiedIdentifier().toString())
                    .filter(each -> each.startsWith(Texts.class.getName() + "."))
                    .map(each -> each.substring(each.lastIndexOf('.') + 1))
                    .collect(Collectors.toSet());
        }

        private String at(Tree tree) {
            return file + ":"
                    + unit.getLineMap().getLineNumber(trees.getSourcePositions().getStartPosition(unit, tree)) + ": ";
        }

        @Override
        public @Nullable Void visitMethodInvocation(MethodInvocationTree call, Void nothing) {
            String method = ofTexts(call);
            int[] places = method == null ? null : CALLS.get(method);
            if (places != null && call.getArguments().size() > places[0]) {
                String context = method.endsWith("inContext")
                        ? constants(call.getArguments().getFirst()).getFirst() + Texts.CONTEXT_END
                        : "";
                List<String> said = constants(call.getArguments().get(places[0]));
                if (said.isEmpty()) {
                    faults.add(at(call) + "the text is not a constant");
                }
                said.forEach(text -> take(call, context, text, places[1]));
                if (!method.equals("mark") && !method.startsWith("Phrase.") && isAtClassLoading()) {
                    faults.add(at(call)
                            + "there is no page yet when this runs: mark(…) it, and translate it with marked(…)");
                }
            }
            return super.visitMethodInvocation(call, nothing);
        }

        private void take(MethodInvocationTree call, String context, String text, int firstValue) {
            try {
                Set<Integer> wanted = Sentence.places(text);
                int given = firstValue < 0 ? -1 : call.getArguments().size() - firstValue;
                if (given >= 0 && !wanted.equals(firstOnes(given))) {
                    faults.add(at(call) + "has places " + wanted + " and is given " + given + " values");
                }
            } catch (IllegalArgumentException e) {
                faults.add(at(call) + e.getMessage());
            }
            add(context + text, file);
        }

        /** The name of the method when it is one of {@link Texts}; with that of its class when it makes a {@link Phrase}. */
        private @Nullable String ofTexts(MethodInvocationTree call) {
            return switch (call.getMethodSelect()) {
                case MemberSelectTree select
                when select.getExpression().toString().equals("Texts") ->
                    select.getIdentifier().toString();
                case MemberSelectTree select when CALLS.containsKey(select.toString()) -> select.toString();
                case IdentifierTree name
                when imported.contains(name.toString()) && CALLS.containsKey(name.toString()) -> name.toString();
                default -> null;
            };
        }

        /** In a static field or an enum's constant, outside of what runs later. */
        private boolean isAtClassLoading() {
            for (TreePath path = getCurrentPath(); path != null; path = path.getParentPath()) {
                Tree tree = path.getLeaf();
                if (tree instanceof LambdaExpressionTree || tree instanceof MethodTree) {
                    return false;
                }
                if (tree instanceof VariableTree field
                        && path.getParentPath().getLeaf() instanceof ClassTree
                        && field.getModifiers().getFlags().contains(Modifier.STATIC)) {
                    return true;
                }
                // an enum's constant is a field without the word
                if (tree instanceof VariableTree constant
                        && path.getParentPath().getLeaf() instanceof ClassTree owner
                        && owner.getKind() == Tree.Kind.ENUM
                        && constant.getType()
                                .toString()
                                .equals(owner.getSimpleName().toString())) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public @Nullable Void visitAnnotation(AnnotationTree annotation, Void nothing) {
            return null;
        }

        @Override
        public @Nullable Void visitLiteral(LiteralTree literal, Void nothing) {
            if (forPeople
                    && literal.getValue() instanceof String text
                    && WORDS.matcher(text).matches()
                    && !NO_WORDS.contains(text)
                    && !NAMES.contains(text)
                    && !text.contains(";\n")
                    && !text.contains("; }\n")
                    && !isTranslatedOrForPrograms()) {
                forgotten.add(at(literal) + text);
            }
            return null;
        }

        private boolean isTranslatedOrForPrograms() {
            for (TreePath path = getCurrentPath(); path != null; path = path.getParentPath()) {
                // what is typed into a shell
                if (path.getLeaf() instanceof MethodTree method
                        && method.getName().toString().startsWith("commands")) {
                    return true;
                }
                // what a value is compared with
                if (path.getLeaf() instanceof ConstantCaseLabelTree) {
                    return true;
                }
                if (path.getLeaf() instanceof NewClassTree made
                        && made.getIdentifier().toString().endsWith("Exception")) {
                    return true;
                }
                if (path.getLeaf() instanceof MethodInvocationTree call) {
                    String method = ofTexts(call);
                    if (method != null) {
                        // values in a text are words as well
                        return CALLS.containsKey(method)
                                && call.getArguments().indexOf(child(path)) <= CALLS.get(method)[0];
                    }
                    // a problem is translated by its code
                    if (FOR_PROGRAMS.contains(nameOf(call))
                            || call.getMethodSelect().toString().equals("Problem.of")) {
                        return true;
                    }
                    if (nameOf(call).equals("setAttribute")
                            && call.getArguments().getFirst() == child(path)) {
                        return true;
                    }
                }
            }
            return false;
        }

        private Tree child(TreePath of) {
            TreePath path = getCurrentPath();
            while (path.getParentPath().getLeaf() != of.getLeaf()) {
                path = path.getParentPath();
            }
            return path.getLeaf();
        }

        private static String nameOf(MethodInvocationTree call) {
            return call.getMethodSelect() instanceof MemberSelectTree select
                    ? select.getIdentifier().toString()
                    : call.getMethodSelect().toString();
        }
    }

    private static Set<Integer> firstOnes(int count) {
        var all = new TreeSet<Integer>();
        for (int i = 0; i < count; i++) {
            all.add(i);
        }
        return all;
    }

    /** What an expression of literals can be: one text, or one of two. Empty when it is anything else. */
    private static List<String> constants(ExpressionTree expression) {
        return switch (expression) {
            case LiteralTree literal when literal.getValue() instanceof String text -> List.of(text);
            case ParenthesizedTree inner -> constants(inner.getExpression());
            case ConditionalExpressionTree either -> {
                List<String> yes = constants(either.getTrueExpression());
                List<String> no = constants(either.getFalseExpression());
                yield yes.isEmpty() || no.isEmpty()
                        ? List.of()
                        : Stream.concat(yes.stream(), no.stream()).toList();
            }
            case BinaryTree sum
            when sum.getKind() == Tree.Kind.PLUS -> {
                Optional<String> left = constants(sum.getLeftOperand()).stream().findFirst();
                Optional<String> right =
                        constants(sum.getRightOperand()).stream().findFirst();
                yield left.isEmpty() || right.isEmpty() ? List.of() : List.of(left.get() + right.get());
            }
            default -> List.of();
        };
    }
}
