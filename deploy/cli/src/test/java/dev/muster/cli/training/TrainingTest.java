package dev.muster.cli.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingTest {

    @TempDir
    private Path directory;

    /** The larger of two numbers, as javac 5 would have compiled it: a branch, and no stack map. */
    private static byte[] oldClass() {
        return ClassFile.of(ClassFile.StackMapsOption.DROP_STACK_MAPS)
                .build(
                        ClassDesc.of("old.Larger"),
                        builder -> builder.withVersion(49, 0)
                                .withFlags(AccessFlag.PUBLIC)
                                .withMethodBody(
                                        "of",
                                        MethodTypeDesc.of(
                                                ConstantDescs.CD_int, ConstantDescs.CD_int, ConstantDescs.CD_int),
                                        ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
                                        code -> code.iload(0)
                                                .iload(1)
                                                .ifThenElse(
                                                        java.lang.classfile.Opcode.IF_ICMPGT,
                                                        larger ->
                                                                larger.iload(0).ireturn(),
                                                        other -> other.iload(1).ireturn())));
    }

    private Path jar(String name, String entry, byte[] content) throws IOException {
        Path jar = directory.resolve(name);
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file)) {
            out.putNextEntry(new JarEntry(entry));
            out.write(content);
            out.closeEntry();
        }
        return jar;
    }

    @Test
    void givesOldClassesStackMapsAndKeepsWhatTheyDo() throws Exception {
        Path old = jar("old.jar", "old/Larger.class", oldClass());
        Path target = Files.createDirectory(directory.resolve("target"));
        UpgradeMain.main(new String[] {target.toString(), old.toString()});
        Path upgraded = target.resolve("old.jar");
        try (JarFile file = new JarFile(upgraded.toFile())) {
            byte[] bytes =
                    file.getInputStream(file.getEntry("old/Larger.class")).readAllBytes();
            assertThat(ClassFile.of().parse(bytes).majorVersion()).isEqualTo(52);
        }
        try (var loader = new URLClassLoader(new URL[] {upgraded.toUri().toURL()})) {
            var of = loader.loadClass("old.Larger").getMethod("of", int.class, int.class);
            assertThat(of.invoke(null, 3, 5)).isEqualTo(5);
            assertThat(of.invoke(null, 7, 5)).isEqualTo(7);
        }
    }

    @Test
    void leavesJarsWithoutOldClassesAlone() throws IOException {
        Path fresh = jar("new.jar", "a.txt", new byte[] {1});
        Path target = Files.createDirectory(directory.resolve("target"));
        UpgradeMain.main(new String[] {target.toString(), fresh.toString()});
        assertThat(target).isEmptyDirectory();
    }

    @Test
    void theTrainingsCommandsAllEndAsTheyShould() {
        assertThatCode(() -> TrainingMain.main(new String[0])).doesNotThrowAnyException();
    }
}
