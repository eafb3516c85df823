package dev.muster.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What the sources look like: sizes, names, package descriptions, and no clock or randomness outside the mains. What exceeds a
 * size today is listed in {@code tidy-exceptions.txt} with its size; the list may only shrink.
 */
class TidyTest {
    private static final int LONGEST_FILE = 400;
    private static final int LONGEST_METHOD = 70;
    private static final Pattern BANNED_TYPE =
            Pattern.compile("(Abstract|Base)[A-Z].*|.*(Impl|Utils?|Helpers?|Info|Data)|(Common|Misc)[A-Z]?.*");
    private static final Set<String> BANNED_PACKAGES = Set.of("util", "utils", "common", "helper", "helpers", "misc");
    private static final Pattern CLOCK_OR_RANDOMNESS = Pattern.compile(
            "\\b(Instant|LocalDateTime|ZonedDateTime|OffsetDateTime)\\.now\\(\\)|System\\.(nanoTime|currentTimeMillis)"
                    + "|Thread\\.sleep|Math\\.random|UUID\\.randomUUID|Clock\\.system|InstantSource\\.system");
    private static final Pattern SLEEP =
            Pattern.compile("Thread\\.sleep|TimeUnit\\.\\w+\\.sleep|Math\\.random|UUID\\.random");
    private static final Pattern UNFINISHED = Pattern.compile("\\b(TODO|FIXME|XXX)\\b|@author\\b|@Disabled\\b");
    private static final Pattern SWALLOWED = Pattern.compile("catch \\([^)]*\\) \\{\\s*\\}");

    private static Path root;
    private static List<Path> files;

    @BeforeAll
    static void list() {
        root = SourceTree.root();
        files = SourceTree.files();
        assertThat(files).hasSizeGreaterThan(100);
    }

    private static String name(Path file) {
        return root.relativize(file).toString();
    }

    private static boolean isMain(Path file) {
        return file.getFileName().toString().endsWith("Main.java");
    }

    private static boolean isTest(Path file) {
        return file.toString().contains("/src/test/");
    }

    @Test
    void filesAndMethodsAreShortEnoughToRead() {
        Map<String, Integer> tooLong = new TreeMap<>();
        for (Path file : files) {
            int lines = (int) SourceTree.lines(file).lines().count();
            if (lines > LONGEST_FILE) {
                tooLong.put(name(file), lines);
            }
        }
        for (CompilationUnitTree unit : SourceTree.parse(files)) {
            methods(unit).forEach((method, lines) -> {
                if (lines > LONGEST_METHOD) {
                    tooLong.put(name(Path.of(unit.getSourceFile().toUri())) + "#" + method, lines);
                }
            });
        }
        Set<String> found = tooLong.entrySet().stream()
                .map(e -> e.getKey() + " " + e.getValue())
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(found)
                .as("longer than %d lines a file, %d a method", LONGEST_FILE, LONGEST_METHOD)
                .isEqualTo(exceptions());
    }

    private static Set<String> exceptions() {
        return SourceTree.lines(root.resolve("integration-tests/src/test/resources/tidy-exceptions.txt"))
                .lines()
                .filter(l -> !l.isBlank() && !l.startsWith("#"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Map<String, Integer> methods(CompilationUnitTree unit) {
        Map<String, Integer> found = new TreeMap<>();
        SourcePositions positions = Trees.instance(javax.tools.ToolProvider.getSystemJavaCompiler()
                        .getTask(null, null, d -> {}, null, null, List.of()))
                .getSourcePositions();
        new TreeScanner<Void, Void>() {
            @Override
            public Void visitMethod(MethodTree method, Void none) {
                if (method.getBody() != null) {
                    long start = positions.getStartPosition(unit, method.getBody());
                    long end = positions.getEndPosition(unit, method.getBody());
                    if (start >= 0 && end > start) {
                        int lines = (int) (unit.getLineMap().getLineNumber(end)
                                - unit.getLineMap().getLineNumber(start)
                                - 1);
                        found.merge(method.getName().toString(), lines, Math::max);
                    }
                }
                return super.visitMethod(method, null);
            }
        }.scan(unit, null);
        return found;
    }

    @Test
    void typesHaveTellingNames() {
        List<String> banned = new ArrayList<>();
        for (CompilationUnitTree unit : SourceTree.parse(files)) {
            new TreeScanner<Void, Void>() {
                @Override
                public Void visitClass(ClassTree type, Void none) {
                    if (BANNED_TYPE.matcher(type.getSimpleName()).matches()) {
                        banned.add(name(Path.of(unit.getSourceFile().toUri())) + ": " + type.getSimpleName());
                    }
                    return super.visitClass(type, null);
                }
            }.scan(unit, null);
        }
        assertThat(banned).isEmpty();
    }

    @Test
    void everyPackageSaysWhatItIsFor() {
        Set<Path> packages = files.stream()
                .filter(f -> !isTest(f))
                .map(Path::getParent)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(packages).allSatisfy(p -> {
            assertThat(BANNED_PACKAGES).doesNotContain(p.getFileName().toString());
            Path description = p.resolve("package-info.java");
            assertThat(description).exists();
            assertThat(SourceTree.lines(description)).startsWith("/**").contains("@NullMarked");
        });
    }

    @Test
    void clocksAndRandomnessAreNamedInMainsOnly() {
        assertThat(offences(CLOCK_OR_RANDOMNESS, f -> !isMain(f) && !isTest(f))).isEmpty();
    }

    @Test
    void testsWaitForConditionsNotForTime() {
        assertThat(offences(SLEEP, f -> isTest(f) && !f.getFileName().toString().equals("TidyTest.java")))
                .isEmpty();
    }

    @Test
    void nothingIsLeftUnfinishedOrSwallowed() {
        assertThat(offences(UNFINISHED, f -> !f.getFileName().toString().equals("TidyTest.java")))
                .isEmpty();
        assertThat(offences(SWALLOWED, f -> true)).isEmpty();
    }

    private static List<String> offences(Pattern pattern, java.util.function.Predicate<Path> which) {
        List<String> found = new ArrayList<>();
        for (Path file : files) {
            if (!which.test(file)) {
                continue;
            }
            String text = SourceTree.lines(file);
            Matcher matcher = pattern.matcher(text);
            while (matcher.find()) {
                long line = text.substring(0, matcher.start()).lines().count();
                found.add(name(file) + ":" + line + ": " + matcher.group().strip());
            }
        }
        return found;
    }

    @Test
    void theTopLevelStaysAsItIs() throws IOException {
        try (var entries = Files.list(root)) {
            Set<String> names = entries.map(p -> p.getFileName().toString())
                    .filter(n -> !n.startsWith(".") && !n.equals("target"))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(names)
                    .isEqualTo(new TreeSet<>(Set.of(
                            "pom.xml",
                            "manager",
                            "worker",
                            "proto",
                            "overlay-net",
                            "stack-spec",
                            "deploy",
                            "integration-tests",
                            "README.md",
                            "CONTRIBUTING.md",
                            "CHANGELOG.md",
                            "LICENSE")));
        }
    }
}
