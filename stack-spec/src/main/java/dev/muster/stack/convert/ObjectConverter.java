package dev.muster.stack.convert;

import com.google.protobuf.ByteString;
import dev.muster.api.ConfigSpec;
import dev.muster.api.Driver;
import dev.muster.api.Ipam;
import dev.muster.api.IpamConfig;
import dev.muster.api.NetworkSpec;
import dev.muster.api.SecretSpec;
import dev.muster.stack.document.Problems;
import dev.muster.stack.document.Value;
import dev.muster.stack.load.FileReader;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

/** Networks, secrets and configs of a stack; the contents of secrets and configs come from their files. */
final class ObjectConverter {

    /** More than any secret or config may hold; the cluster has the exact bounds. */
    private static final int MOST_BYTES = 1_024_000;

    private final Namespace namespace;
    private final FileReader files;
    private final Problems problems;

    ObjectConverter(Namespace namespace, FileReader files, Problems problems) {
        this.namespace = namespace;
        this.files = files;
        this.problems = problems;
    }

    NetworkSpec network(String name, Value.Mapping entry) {
        NetworkSpec.Builder network = NetworkSpec.newBuilder()
                .setAnnotations(namespace.annotations(name, entry))
                .setInternal(entry.flag("internal"))
                .setAttachable(entry.flag("attachable"));
        Driver.Builder driver =
                Driver.newBuilder().setName(entry.text("driver").isEmpty() ? "overlay" : entry.text("driver"));
        network.setDriver(driver.putAllOptions(Namespace.texts(entry.mapping("driver_opts"))));
        entry.mapping("ipam").ifPresent(ipam -> network.setIpam(ipam(ipam)));
        return network.build();
    }

    private static Ipam ipam(Value.Mapping ipam) {
        Ipam.Builder result = Ipam.newBuilder();
        Namespace.driver(ipam, "driver", "").ifPresent(result::setDriver);
        for (Value config : ipam.items("config")) {
            result.addConfigs(IpamConfig.newBuilder().setSubnet(((Value.Mapping) config).text("subnet")));
        }
        return result.build();
    }

    SecretSpec secret(String name, Value.Mapping entry) {
        SecretSpec.Builder secret = SecretSpec.newBuilder().setAnnotations(namespace.annotations(name, entry));
        Optional<Driver> driver =
                entry.text("driver").isEmpty() ? Optional.empty() : Namespace.driver(entry, "driver", "driver_opts");
        driver.ifPresent(secret::setDriver);
        if (driver.isEmpty()) {
            secret.setData(content("secret", name, entry));
        }
        templating(entry).ifPresent(secret::setTemplating);
        return secret.build();
    }

    ConfigSpec config(String name, Value.Mapping entry) {
        ConfigSpec.Builder config = ConfigSpec.newBuilder()
                .setAnnotations(namespace.annotations(name, entry))
                .setData(content("config", name, entry));
        templating(entry).ifPresent(config::setTemplating);
        return config.build();
    }

    private static Optional<Driver> templating(Value.Mapping entry) {
        String driver = entry.text("template_driver");
        return driver.isEmpty()
                ? Optional.empty()
                : Optional.of(Driver.newBuilder().setName(driver).build());
    }

    private ByteString content(String kind, String name, Value.Mapping entry) {
        String path = entry.text("file");
        String what = kind + " " + name + ": open " + path + ": ";
        Value.Scalar file = entry.scalar("file").orElseThrow();
        try {
            byte[] content = files.read(path, MOST_BYTES);
            if (content.length <= MOST_BYTES) {
                return ByteString.copyFrom(content);
            }
            problems.add(file.at(), kind + " " + name + ": " + path + " is larger than " + MOST_BYTES + " bytes");
        } catch (NoSuchFileException _) {
            problems.add(
                    file.at(), what + "no such file or directory", "paths start at the first stack file's directory");
        } catch (AccessDeniedException _) {
            problems.add(file.at(), what + "permission denied");
        } catch (IOException failure) {
            problems.add(file.at(), what + failure.getMessage());
        }
        return ByteString.EMPTY;
    }
}
