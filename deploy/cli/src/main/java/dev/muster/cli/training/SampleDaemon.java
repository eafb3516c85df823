package dev.muster.cli.training;

import com.google.protobuf.Message;
import dev.muster.api.Annotations;
import dev.muster.api.ApplyStackResponse;
import dev.muster.api.CreateServiceResponse;
import dev.muster.api.GetServiceResponse;
import dev.muster.api.ListNetworksResponse;
import dev.muster.api.ListNodesResponse;
import dev.muster.api.ListSecretsResponse;
import dev.muster.api.ListServicesResponse;
import dev.muster.api.ListTasksResponse;
import dev.muster.api.Network;
import dev.muster.api.Node;
import dev.muster.api.NodeInfoResponse;
import dev.muster.api.PortConfig;
import dev.muster.api.ReplicatedMode;
import dev.muster.api.Secret;
import dev.muster.api.Service;
import dev.muster.api.ServiceCounts;
import dev.muster.api.ServiceSpec;
import dev.muster.api.StackAction;
import dev.muster.api.Task;
import dev.muster.api.UpdateServiceResponse;
import dev.muster.api.VersionResponse;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Answers on a unix socket with one made-up object of each kind. */
final class SampleDaemon implements AutoCloseable {

    private static final String ID = "0123456789abcdefghijklmno";

    private final ServerSocketChannel server;

    private SampleDaemon(ServerSocketChannel server) {
        this.server = server;
    }

    static SampleDaemon listen(Path socket) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        var daemon = new SampleDaemon(server);
        Thread.ofPlatform().daemon().start(daemon::serve);
        return daemon;
    }

    private void serve() {
        while (true) {
            try (SocketChannel client = server.accept()) {
                String head = request(client);
                String path = head.substring(head.indexOf(' ') + 1, head.indexOf(" HTTP"));
                answer(client, path);
            } catch (ClosedChannelException _) {
                return;
            } catch (IOException _) {
                // A client that went away: the next one may come.
            }
        }
    }

    /** All of it, though only the path matters: closing with something unread would reset the connection. */
    private static String request(SocketChannel client) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(64 << 10);
        while (true) {
            int number = client.read(bytes);
            String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1);
            int end = text.indexOf("\r\n\r\n");
            if (number < 0 || (end >= 0 && bytes.position() >= end + 4 + length(text))) {
                return text;
            }
        }
    }

    private static int length(String head) {
        String name = "Content-Length: ";
        int at = head.indexOf(name);
        return at < 0 ? 0 : Integer.parseInt(head.substring(at + name.length(), head.indexOf('\r', at)));
    }

    private static void answer(SocketChannel client, String path) throws IOException {
        byte[] body = path.startsWith("/muster.v1")
                ? message(path.substring(path.lastIndexOf('/') + 1)).toByteArray()
                : "{\"ID\":\"x\",\"Spec\":{\"Name\":\"web\",\"Labels\":null},\"List\":[1,2.5,true]}"
                        .getBytes(StandardCharsets.UTF_8);
        String head =
                "HTTP/1.1 200 OK\r\nContent-Type: application/proto\r\nContent-Length: " + body.length + "\r\n\r\n";
        client.write(ByteBuffer.wrap(head.getBytes(StandardCharsets.ISO_8859_1)));
        client.write(ByteBuffer.wrap(body));
    }

    private static Message message(String method) {
        return switch (method) {
            case "Version" -> VersionResponse.newBuilder().setVersion("1").build();
            case "NodeInfo" ->
                NodeInfoResponse.newBuilder()
                        .setNodeId(ID)
                        .setControlAvailable(true)
                        .build();
            case "GetService" ->
                GetServiceResponse.newBuilder().setService(service()).build();
            case "CreateService" ->
                CreateServiceResponse.newBuilder().setService(service()).build();
            case "UpdateService" ->
                UpdateServiceResponse.newBuilder().setService(service()).build();
            case "ListServices" ->
                ListServicesResponse.newBuilder()
                        .addServices(service())
                        .putCounts(
                                ID,
                                ServiceCounts.newBuilder()
                                        .setRunning(1)
                                        .setDesired(1)
                                        .build())
                        .build();
            case "ListTasks" ->
                ListTasksResponse.newBuilder()
                        .addTasks(Task.newBuilder()
                                .setId(ID)
                                .setServiceId(ID)
                                .setServiceName("web")
                                .setSlot(1)
                                .setNodeId(ID))
                        .build();
            case "ListNodes" ->
                ListNodesResponse.newBuilder()
                        .addNodes(Node.newBuilder().setId(ID))
                        .build();
            case "ListSecrets" ->
                ListSecretsResponse.newBuilder()
                        .addSecrets(Secret.newBuilder().setId(ID))
                        .build();
            case "ListNetworks" ->
                ListNetworksResponse.newBuilder()
                        .addNetworks(Network.newBuilder().setId(ID))
                        .build();
            case "ApplyStack" ->
                ApplyStackResponse.newBuilder()
                        .addActions(StackAction.newBuilder().setName("s_web").setId(ID))
                        .build();
            default -> GetServiceResponse.getDefaultInstance();
        };
    }

    private static Service service() {
        return Service.newBuilder()
                .setId(ID)
                .setSpec(ServiceSpec.newBuilder()
                        .setAnnotations(Annotations.newBuilder().setName("web").putLabels("a", "b"))
                        .setReplicated(ReplicatedMode.newBuilder().setReplicas(1)))
                .setEndpoint(dev.muster.api.Endpoint.newBuilder()
                        .addPorts(PortConfig.newBuilder().setTargetPort(80).setPublishedPort(80)))
                .build();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
