package dev.muster.worker.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TemplateTest {
    private static final Map<String, Object> VALUES = Map.of(
            "Service", Map.of("ID", "s1", "Name", "web", "Labels", Map.of("tier", "front", "b.c", "Größe")),
            "Node", Map.of("Hostname", "höst"),
            "Task", Map.of("Slot", "3"));
    private static final Map<String, TemplateFunction> FUNCTIONS =
            Map.of("env", arguments -> "value of " + arguments.getFirst());

    private static String expand(String text) {
        return Template.expand(text, VALUES, FUNCTIONS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '~',
            value = {
                "plain ! plain",
                "{{.Service.Name}}.{{ .Task.Slot }} ! web.3",
                "{{index .Service.Labels \"tier\"}} ! front",
                "{{index .Service.Labels \"none\"}}x ! x",
                "{{index .Service.Labels \"b.c\"}} ! Größe",
                "{{.Service.Labels.tier}} ! front",
                "{{.Service.Labels}} ! map[b.c:Größe tier:front]",
                "a {{- /* why */ -}} b ! a {{- /* why */ -}} b",
                "a {{- \"x\" -}} b ! axb",
                "{{env \"K\"}} ! value of K",
                "{{\"K\" | env | printf \"<%s>\"}} ! <value of K>",
                "{{if eq .Task.Slot \"3\"}}third{{else}}other{{end}} ! third",
                "{{if eq .Task.Slot \"1\"}}a{{else if eq .Task.Slot \"2\" \"3\"}}b{{else}}c{{end}} ! b",
                "{{if and (eq 1 1) (not false)}}yes{{end}} ! yes",
                "{{printf \"%s-%d%% %q\" .Service.Name 7 \"a\\\"b\"}} ! web-7% \"a\\\"b\"",
                "{{join \"-\" \"a\" .Service.Name}} ! a-web",
                "{{len .Node.Hostname}} ! 5",
                "{{`}}`}} ! }}",
                "{{print (index .Service.Labels \"tier\") 1 true}} ! front1true",
                "{{lt 1 2}} {{ge \"b\" \"a\"}} {{ne 1 1}} ! true true false",
            })
    void expands(String template, String expected) {
        if (template.contains("/*")) {
            assertThat(expand(template)).isEqualTo("ab");
        } else {
            assertThat(expand(template)).isEqualTo(expected);
        }
    }

    @Test
    void keepsBytesThatAreNoText() {
        byte[] payload = {(byte) 0xff, '{', '{', '.', 'T', 'a', 's', 'k', '.', 'S', 'l', 'o', 't', '}', '}', (byte) 0xc3
        };

        assertThat(Template.expand(payload, VALUES, FUNCTIONS)).containsExactly((byte) 0xff, '3', (byte) 0xc3);
    }

    @Test
    void writesTextsOfThePayloadInUtf8() {
        var payload = "ä {{.Node.Hostname}}".getBytes(StandardCharsets.UTF_8);

        assertThat(new String(Template.expand(payload, VALUES, FUNCTIONS), StandardCharsets.UTF_8))
                .isEqualTo("ä höst");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '~',
            value = {
                "{{.Service.Nme}} ! template: in {{.Service.Nme}}: unknown placeholder \".Service.Nme\": known here"
                        + " are .ID, .Labels, .Name",
                "{{.Foo}} ! template: in {{.Foo}}: unknown placeholder \".Foo\": known here are .Node, .Service, .Task",
                "{{.Service.Name.X}} ! template: in {{.Service.Name.X}}: \".Service.Name\" has no fields, so no .X",
                "{{foo}} ! template: in {{foo}}: function \"foo\" not defined",
                "{{.Service.Name ! template: unclosed action {{.Service.Name",
                "{{range .Service.Labels}}{{end}} ! template: \"range\" in {{range .Service.Labels}} is not supported"
                        + " yet",
                "{{if true}} ! template: {{if true}} has no {{end}}",
                "{{end}} ! template: unexpected {{end}}",
                "{{$x}} ! template: in {{$x}}: variables are not supported yet",
                "{{.Task.Slot .Task.Slot}} ! template: in {{.Task.Slot .Task.Slot}}: only a function can be given"
                        + " arguments",
                "{{}} ! template: in {{}}: a value is missing",
                "{{(print 1}} ! template: in {{(print 1}}: a ) is missing",
                "{{printf \"%x\" 1}} ! template: in {{printf \"%x\" 1}}: printf knows %s, %v, %d, %q, %t and %%, not"
                        + " \"%x\"",
            })
    void refusesWithTheReason(String template, String message) {
        assertThatThrownBy(() -> expand(template))
                .isInstanceOf(TemplateFailure.class)
                .hasMessage(message);
    }

    @Test
    void boundsWhatItWrites() {
        Map<String, TemplateFunction> large = Map.of("large", arguments -> "x".repeat(1024 * 1024));

        assertThatThrownBy(() -> Template.expand("{{large}}{{large}}{{large}}", VALUES, large))
                .hasMessageContaining("expands to more than 2097152 bytes");
    }
}
