package dev.muster.faults;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import dev.muster.api.Annotations;
import dev.muster.api.Config;
import dev.muster.api.ConfigSpec;
import dev.muster.api.CreateConfigRequest;
import dev.muster.api.CreateConfigResponse;
import dev.muster.api.Filter;
import dev.muster.api.GetConfigRequest;
import dev.muster.api.GetConfigResponse;
import dev.muster.api.ListConfigsRequest;
import dev.muster.api.ListConfigsResponse;
import dev.muster.api.ListNodesRequest;
import dev.muster.api.ListNodesResponse;
import dev.muster.api.Node;
import dev.muster.api.RemoveConfigRequest;
import dev.muster.api.UpdateConfigRequest;
import dev.muster.api.UpdateConfigResponse;
import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A real manager, by its socket. A config's value is a label, so that it can be changed. */
final class ManagerSocket implements ConfigStore {
    private static final String VALUE = "value";
    private static final Pattern CODE = Pattern.compile("\"code\":\"([a-z_]+)\"");

    private final ControlHttp http;

    ManagerSocket(ControlHttp http) {
        this.http = http;
    }

    /** What an answer that is no error says. */
    @FunctionalInterface
    private interface Reading {
        Answer of(ByteString message) throws InvalidProtocolBufferException;
    }

    @Override
    public Answer create(String name, String value) {
        var spec = spec(name, value).setData(ByteString.copyFromUtf8("of " + name));
        return call(
                "CreateConfig",
                CreateConfigRequest.newBuilder().setSpec(spec).build(),
                message -> new Answer.Written(
                        stored(CreateConfigResponse.parseFrom(message).getConfig())));
    }

    @Override
    public Answer read(String name) {
        return call(
                "GetConfig",
                GetConfigRequest.newBuilder().setId(name).build(),
                message -> new Answer.Found(
                        stored(GetConfigResponse.parseFrom(message).getConfig())));
    }

    @Override
    public Answer update(String name, long version, String value) {
        return call(
                "UpdateConfig",
                UpdateConfigRequest.newBuilder()
                        .setId(name)
                        .setVersion(version)
                        .setSpec(spec(name, value))
                        .build(),
                message -> new Answer.Written(
                        stored(UpdateConfigResponse.parseFrom(message).getConfig())));
    }

    @Override
    public Answer remove(String name) {
        return call("RemoveConfig", RemoveConfigRequest.newBuilder().setId(name).build(), _ -> new Answer.Removed());
    }

    @Override
    public List<StoredConfig> list(String prefix) throws IOException {
        var request = ListConfigsRequest.newBuilder()
                .addFilters(Filter.newBuilder().setKey("name").addValues(prefix))
                .build();
        return ListConfigsResponse.parseFrom(message("ListConfigs", request)).getConfigsList().stream()
                .map(ManagerSocket::stored)
                .toList();
    }

    /** The cluster's nodes. */
    List<Node> nodes() throws IOException {
        return ListNodesResponse.parseFrom(message("ListNodes", ListNodesRequest.getDefaultInstance()))
                .getNodesList();
    }

    private ByteString message(String method, MessageLite request) throws IOException {
        var reply = http.call(method, request.toByteArray());
        if (reply.status() != 200) {
            throw new IOException(
                    method + ": " + reply.status() + " " + reply.body().toStringUtf8());
        }
        return reply.body();
    }

    private static ConfigSpec.Builder spec(String name, String value) {
        return ConfigSpec.newBuilder()
                .setAnnotations(Annotations.newBuilder().setName(name).putLabels(VALUE, value));
    }

    private static StoredConfig stored(Config config) {
        var annotations = config.getSpec().getAnnotations();
        return new StoredConfig(
                annotations.getName(),
                config.getId(),
                config.getMeta().getVersion(),
                annotations.getLabelsOrDefault(VALUE, ""));
    }

    private Answer call(String method, MessageLite request, Reading reading) {
        try {
            var reply = http.call(method, request.toByteArray());
            return reply.status() == 200
                    ? reading.of(reply.body())
                    : error(reply.body().toStringUtf8());
        } catch (ControlHttp.NotSentException e) {
            return new Answer.Failed("not sent: " + e.getMessage());
        } catch (IOException e) {
            return new Answer.Unknown(e.toString());
        }
    }

    /** What an error means. One that the API does not promise to mean "nothing happened" leaves the outcome open. */
    static Answer error(String json) {
        Matcher code = CODE.matcher(json);
        return switch (code.find() ? code.group(1) : "") {
            case "already_exists" -> new Answer.Exists();
            case "not_found" -> new Answer.Missing();
            case "aborted" -> new Answer.OutOfSequence();
            case "unknown" ->
                json.contains("update out of sequence") ? new Answer.OutOfSequence() : new Answer.Unknown(json);
            case "unavailable",
                    "failed_precondition",
                    "invalid_argument",
                    "permission_denied",
                    "unauthenticated",
                    "unimplemented",
                    "resource_exhausted" -> new Answer.Failed(json);
            default -> new Answer.Unknown(json);
        };
    }
}
