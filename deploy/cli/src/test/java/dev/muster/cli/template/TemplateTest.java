package dev.muster.cli.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.cli.json.Json;
import dev.muster.cli.output.Row;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TemplateTest {

    private static final Object VALUE = Json.parse("""
        {"Name": "web", "N": 3, "F": 2.50, "Yes": true, "No": false, "Nil": null, "Empty": "", "List": ["b", "a"], "None": [],
         "Map": {"z": 1, "a": {"b": "deep"}}, "Objects": [{"K": "x", "V": 1}, {"K": "y", "V": 2}], "Path": "a/b/c"}
        """);

    private static String render(String template) {
        return Template.parse(template).render(VALUE);
    }

    /** As Go's text/template renders them. */
    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '\0',
            ignoreLeadingAndTrailingWhitespace = true,
            textBlock = """
                plain text => plain text
                {{.Name}} => web
                {{ .Name }}-{{.N}} => web-3
                {{.Map.a.b}} => deep
                {{(index .Objects 1).K}} => y
                {{.F}} {{.Yes}} {{.Nil}} => 2.50 true <no value>
                {{.List}} {{.Map}} => [b a] map[a:map[b:deep] z:1]
                {{json .}}x{{/* a comment */}} => {"Name":"web","N":3,"F":2.50,"Yes":true,"No":false,"Nil":null,"Empty":"","List":["b","a"],"None":[],"Map":{"z":1,"a":{"b":"deep"}},"Objects":[{"K":"x","V":1},{"K":"y","V":2}],"Path":"a/b/c"}x
                {{json .Map}} => {"z":1,"a":{"b":"deep"}}
                {{if .Yes}}a{{else}}b{{end}} => a
                {{if .Empty}}a{{else if .None}}b{{else}}c{{end}} => c
                {{if and .Yes (eq .N 3)}}a{{end}} => a
                {{if or .No .Empty}}a{{else}}b{{end}} => b
                {{if not .No}}a{{end}} => a
                {{with .Map.a}}{{.b}}{{end}} => deep
                {{with .Empty}}x{{else}}none{{end}} => none
                {{range .List}}<{{.}}>{{end}} => <b><a>
                {{range $i, $e := .List}}{{$i}}={{$e}};{{end}} => 0=b;1=a;
                {{range $k, $v := .Map}}{{$k}} {{end}}. => a z .
                {{range .None}}x{{else}}empty{{end}} => empty
                {{range .Objects}}{{.K}}{{if eq .K "x"}}{{continue}}{{end}}!{{end}} => xy!
                {{range .Objects}}{{if eq .K "y"}}{{break}}{{end}}{{.K}}{{end}} => x
                {{range .Objects}}{{$.Name}}.{{.V}} {{end}}. => web.1 web.2 .
                {{$x := .Name}}{{$x}}{{$x = "y"}}{{$x}} => weby
                {{"quo\\"ted" | upper}} => QUO"TED
                {{.Name | printf "%-5s|" }} => web  |
                {{printf "%s has %d of %q, %05d %.1f %v" .Name .N "x" .N .F .Yes}} => web has 3 of "x", 00003 2.5 true
                {{len .List}} {{len .Name}} {{len .Map}} => 2 3 2
                {{join .List ","}} {{join (split .Path "/") "-"}} => b,a a-b-c
                {{upper .Name}} {{lower "ABC"}} {{title "a b"}} => WEB abc A B
                [{{pad .Name 1 2}}] {{truncate .Name 2}} => [ web  ] we
                {{index .Map "z"}} {{index .List 0}} {{index .Map "a" "b"}} {{slice .Name 1}} => 1 b deep eb
                {{eq .N 3}} {{ne .N 3}} {{lt 2 .N}} {{ge .F 2.5}} {{gt "b" "a"}} {{eq .Name "x" "web"}} => true false true true true true
                a {{- .Name -}}  b => awebb
                {{- "x" }} {{ "y" -}}    z => x yz
                {{`raw }} "` }} => raw }} "
                {{print 1 "a"}}{{println "b"}}| => 1ab\\n|
                {{(.Map.a).b}} => deep
                """)
    void renders(String template, String expected) {
        assertThat(render(template)).isEqualTo(expected.replace("\\n", "\n"));
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '\0', textBlock = """
        {{            => unclosed action
        {{.Name       => unclosed action
        {{/* x }}     => unclosed comment
        {{}}          => missing value for command
        {{if}}{{end}} => missing value for if
        {{if .X}}     => {{if}} has no {{end}}
        {{end}}       => unexpected {{end}}
        {{.A | }}     => missing value for command
        {{bogus .A}}  => function "bogus" not defined
        {{define "x"}}{{end}} => {{define}} is not supported
        {{template "x"}} => {{template}} is not supported
        {{"x}}        => unclosed action
        {{(.A}}       => unclosed left paren
        {{.A )}}      => unexpected ")"
        {{"a" "b"}}   => can't give argument
        {{%}}         => unexpected "%"
        {{range $a, b := .X}}{{end}} => range expects two variables
        """)
    void refusesWhatIsNoTemplate(String template, String message) {
        assertThatThrownBy(() -> Template.parse(template))
                .isInstanceOf(TemplateFailure.class)
                .hasMessageStartingWith("template parsing error: template: :1: ")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '\0', textBlock = """
        {{.Bogus}}       => map has no entry for key "Bogus"
        {{.Nil.X}}       => nil data; no entry for key "X"
        {{.Name.X}}      => can't evaluate field X of web
        {{$y}}           => undefined variable "$y"
        {{index .List 5}} => index out of range: 5
        {{len .N}}       => error calling len
        {{range .N}}{{end}} => range can't iterate over 3
        {{lt .N "a"}}    => incompatible types for comparison
        {{json}}         => wrong number of args for json
        {{slice .Name 9}} => index out of range
        {{printf "%z" .N}} => %z is not supported
        """)
    void refusesWhatDoesNotFitTheValue(String template, String message) {
        assertThatThrownBy(() -> render(template))
                .isInstanceOf(TemplateFailure.class)
                .hasMessageContaining(message);
    }

    @Test
    void rowsHaveFieldsAndLabels() {
        Row row = Row.of("Name", "web").withLabels(Map.of("zone", "a"));
        assertThat(Template.parse("{{.Name}} {{.Label \"zone\"}} {{.Label \"x\"}}.")
                        .render(row))
                .isEqualTo("web a .");
        assertThatThrownBy(() -> Template.parse("{{.Nam}}").render(row))
                .hasMessageContaining("can't evaluate field Nam; there are Name");
    }
}
