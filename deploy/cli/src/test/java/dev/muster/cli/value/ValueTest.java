package dev.muster.cli.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import dev.muster.api.EndpointSpec;
import dev.muster.api.FileTarget;
import dev.muster.api.Mount;
import dev.muster.api.NetworkAttachmentConfig;
import dev.muster.stack.grammar.SyntaxFailure;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValueTest {

    private static final Map<String, Function<String, Object>> GRAMMARS = Map.of(
            "mount", MountOption::parse,
            "publish", PublishOption::parse,
            "file", FileOption::parse,
            "network", NetworkOption::parse,
            "ulimit", Pairs::ulimit,
            "spread", Pairs::spread,
            "credential", Pairs::credentialSpec,
            "generic", Pairs::genericResource,
            "host", Pairs::host);

    private static <T extends Message> T message(String text, Class<T> type) throws TextFormat.ParseException {
        return TextFormat.parse(text, type);
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '\0', textBlock = """
        target=/d                                   => type: VOLUME target: "/d"
        type=volume,source=db,target=/d             => type: VOLUME source: "db" target: "/d"
        src=db,dst=/d,readonly                      => type: VOLUME source: "db" target: "/d" read_only: true
        type=bind,source=/a,destination=/b,ro=true,bind-propagation=rshared => type: BIND source: "/a" target: "/b" read_only: true bind { propagation: "rshared" }
        type=bind,src=/a,target=/b,bind-recursive=disabled => type: BIND source: "/a" target: "/b" bind { non_recursive: true }
        type=bind,src=/a,target=/b,bind-recursive=readonly,ro => type: BIND source: "/a" target: "/b" read_only: true bind { read_only_force_recursive: true }
        type=tmpfs,target=/t,tmpfs-size=64m,tmpfs-mode=1777 => type: TMPFS target: "/t" tmpfs { size_bytes: 67108864 mode: 1023 }
        source=n,target=/n,volume-nocopy,volume-label=a=b,volume-driver=local,volume-opt=type=nfs,"volume-opt=o=addr=1,rw" => type: VOLUME source: "n" target: "/n" volume { no_copy: true labels { key: "a" value: "b" } driver { name: "local" options { key: "type" value: "nfs" } options { key: "o" value: "addr=1,rw" } } }
        type=image,src=i,target=/i,image-subpath=s  => type: IMAGE source: "i" target: "/i" image_subpath: "s"
        Type=VOLUME,Target=/d                       => type: VOLUME target: "/d"
        """)
    void mounts(String text, String mount) throws Exception {
        assertThat(MountOption.parse(text)).isEqualTo(message(mount, Mount.class));
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '\0', textBlock = """
        80               => ports { target_port: 80 }
        8080:80/udp      => ports { protocol: PROTOCOL_UDP target_port: 80 published_port: 8080 }
        0.0.0.0:80:80    => ports { target_port: 80 published_port: 80 }
        8000-8001:80-81  => ports { target_port: 80 published_port: 8000 } ports { target_port: 81 published_port: 8001 }
        target=80        => ports { target_port: 80 }
        published=8080,target=80,protocol=sctp,mode=host => ports { protocol: PROTOCOL_SCTP target_port: 80 published_port: 8080 publish_mode: PUBLISH_HOST }
        """)
    void ports(String text, String endpoint) throws Exception {
        assertThat(PublishOption.parse(text))
                .isEqualTo(message(endpoint, EndpointSpec.class).getPortsList());
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '\0', textBlock = """
        db           => db | name: "db" uid: "0" gid: "0" mode: 292
        source=db    => db | name: "db" uid: "0" gid: "0" mode: 292
        src=db,target=/etc/p,uid=3,gid=4,mode=0400 => db | name: "/etc/p" uid: "3" gid: "4" mode: 256
        source=db,mode=644 => db | name: "db" uid: "0" gid: "0" mode: 420
        """)
    void files(String text, String expected) throws Exception {
        String[] parts = expected.split(" \\| ", 2);
        assertThat(FileOption.parse(text)).isEqualTo(new FileOption(parts[0], message(parts[1], FileTarget.class)));
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '\0', textBlock = """
        front                             => target: "front"
        name=front,alias=a,alias=b,driver-opt=K=v => target: "front" aliases: "a" aliases: "b" driver_opts { key: "k" value: "v" }
        """)
    void networks(String text, String network) throws Exception {
        assertThat(NetworkOption.parse(text)).isEqualTo(message(network, NetworkAttachmentConfig.class));
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '\0', textBlock = """
        mount | foo                        => invalid field 'foo' must be a key=value pair
        mount | type=volume                => target is required
        mount | type=x,target=/a           => invalid mount type "x": expected bind, volume, tmpfs, npipe, image or cluster
        mount | bogus=1,target=/a          => unexpected key 'bogus' in 'bogus=1'
        mount | type=bind,source=/a,target=/b,volume-nocopy => cannot mix 'volume-*' options with mount type 'bind'
        mount | type=volume,target=/b,bind-propagation=shared => cannot mix 'bind-*' options with mount type 'volume'
        mount | type=volume,target=/b,tmpfs-size=3 => cannot mix 'tmpfs-*' options with mount type 'volume'
        mount | target=/b,readonly=maybe   => invalid value for readonly: maybe
        mount | target=/b,tmpfs-mode=9     => invalid value for tmpfs-mode: 9
        mount | type=bind,src=/a,target=/b,bind-propagation=x => invalid value for bind-propagation: x
        mount | "target=/a                 => parse error: extraneous or missing " in quoted-field
        publish | 1.2.3.4:80:80            => hostip is not supported
        publish | published=80             => missing mandatory field "target"
        publish | target=80,mode=x         => invalid publish mode value (x): must be either 'ingress' or 'host'
        publish | target=x                 => invalid target port (x): value must be an integer from 0 to 65535
        publish | target=80,bogus=1        => invalid field key: bogus
        publish | 8000-8002:80-81          => invalid ranges specified for container and host Ports: 80-81 and 8000-8002
        file | target=x                    => source is required
        file | source=x,mode=9             => invalid mode specified: "9" (an octal number such as 0400)
        file | source=x,bogus=9            => invalid field in secret or config request: bogus
        network | alias=x                  => network name/id is not specified
        network | name=a,bogus=x           => invalid field key bogus
        ulimit | nofile                    => invalid ulimit argument: nofile (expected NAME=SOFT[:HARD])
        ulimit | nofile=5:4                => ulimit soft limit must be less than or equal to hard limit: 5 > 4
        spread | zone                      => placement preference must be of the format "spread=<descriptor>"
        credential | x                     => invalid credential spec: value must be prefixed with 'config://', 'file://', or 'registry://'
        generic | gpu=UUID1                => invalid generic-resource request `gpu=UUID1`, Named Generic Resources is not supported for service create or update: expected KIND=NUMBER
        host | a                           => bad format for add-host: "a"
        host | a:x                         => invalid IP address in add-host: "x"
        """)
    void refusesWhatDoesNotFollowItsGrammar(String grammarAndText, String message) {
        String grammar =
                grammarAndText.substring(0, grammarAndText.indexOf('|')).strip();
        String text = grammarAndText.substring(grammarAndText.indexOf('|') + 1).strip();
        assertThatThrownBy(() -> GRAMMARS.get(grammar).apply(text))
                .isInstanceOf(SyntaxFailure.class)
                .hasMessage(message);
    }

    @Test
    void pairs() {
        assertThat(Pairs.map(List.of("a=b", "c", "a=d=e"))).isEqualTo(Map.of("a", "d=e", "c", ""));
        assertThat(Pairs.lastOfEachKey(List.of("A=1", "B=2", "A=3", "C"))).containsExactly("A=3", "B=2", "C");
        assertThat(Pairs.host("a:1.2.3.4")).isEqualTo("1.2.3.4 a");
        assertThat(Pairs.host("a=[::1]")).isEqualTo("::1 a");
        assertThat(Pairs.ulimit("nofile=3:5").getHard()).isEqualTo(5);
        assertThat(Pairs.ulimit("nofile=3").getHard()).isEqualTo(3);
    }
}
