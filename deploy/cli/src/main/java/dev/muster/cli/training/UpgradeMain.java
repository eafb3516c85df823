package dev.muster.cli.training;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.ConstantPoolSharingOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/**
 * Copies jars, and gives the classes in them that were compiled for Java 5 and older the stack maps of later
 * versions: the cache refuses classes without them (picocli is all of that kind), and such a class costs a
 * verification at every start.
 */
public final class UpgradeMain {

    /** The first version whose classes the cache takes is 50; 52 is what most libraries are compiled for. */
    private static final int LEAST_VERSION = 50;

    private static final int NEW_VERSION = ClassFile.JAVA_8_VERSION;

    private UpgradeMain() {}

    /** Arguments: the directory to write to, then the jars. Those without old classes are left out. */
    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        for (int i = 1; i < arguments.length; i++) {
            upgrade(Path.of(arguments[i]), directory);
        }
    }

    private static void upgrade(Path jar, Path directory) throws IOException {
        Map<String, byte[]> entries = read(jar);
        ClassFile classFile = ClassFile.of(
                StackMapsOption.GENERATE_STACK_MAPS,
                ClassHierarchyResolverOption.of(resolver(entries)),
                // With the old pool, methods that do not change would be copied as they are, without maps.
                ConstantPoolSharingOption.NEW_POOL);
        boolean changed = false;
        for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
            boolean plain = entry.getKey().endsWith(".class") && !entry.getKey().startsWith("META-INF/");
            if (!plain) {
                continue;
            }
            ClassModel model = classFile.parse(entry.getValue());
            if (model.majorVersion() < LEAST_VERSION) {
                entry.setValue(classFile.transformClass(model, ClassTransform.ofStateful(NewVersion::new)));
                changed = true;
            }
        }
        if (changed) {
            write(directory.resolve(jar.getFileName()), entries);
        }
    }

    private static Map<String, byte[]> read(Path jar) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (JarFile file = new JarFile(jar.toFile())) {
            for (JarEntry entry : Collections.list(file.entries())) {
                try (InputStream content = file.getInputStream(entry)) {
                    entries.put(entry.getName(), content.readAllBytes());
                }
            }
        }
        return entries;
    }

    /** Looks at the jar's own classes before those of the JDK. */
    private static ClassHierarchyResolver resolver(Map<String, byte[]> entries) {
        ClassHierarchyResolver own = ClassHierarchyResolver.ofResourceParsing(type -> {
            String descriptor = type.descriptorString();
            byte[] bytes = entries.get(descriptor.substring(1, descriptor.length() - 1) + ".class");
            return bytes == null ? null : new ByteArrayInputStream(bytes);
        });
        return own.orElse(ClassHierarchyResolver.ofResourceParsing(ClassLoader.getSystemClassLoader()));
    }

    private static void write(Path jar, Map<String, byte[]> entries) throws IOException {
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                // A fixed time: the same jar gives the same bytes.
                JarEntry copy = new JarEntry(entry.getKey());
                copy.setTime(0);
                out.putNextEntry(copy);
                out.write(entry.getValue());
                out.closeEntry();
            }
        }
    }

    /** Everything of a class as it is, but for its version. */
    private static final class NewVersion implements ClassTransform {
        @Override
        public void accept(ClassBuilder builder, ClassElement element) {
            if (!(element instanceof ClassFileVersion)) {
                builder.with(element);
            }
        }

        @Override
        public void atEnd(ClassBuilder builder) {
            builder.withVersion(NEW_VERSION, 0);
        }
    }
}
