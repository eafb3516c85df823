package dev.muster.manager.state;

import com.google.protobuf.Message;
import dev.muster.api.Cluster;
import dev.muster.api.Config;
import dev.muster.api.Ids;
import dev.muster.api.Kind;
import dev.muster.api.Network;
import dev.muster.api.Node;
import dev.muster.api.Secret;
import dev.muster.api.Service;
import dev.muster.api.ServiceRevision;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.Volume;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * Everything the managers agree on, as one immutable value: the stored objects of each kind, sorted by id, and the
 * indexes that loops need. Only {@link ClusterReducer} makes the next value (and {@link ClusterStateBuilder}, for
 * tests). Iteration order is the same on every manager. All maps are read-only; {@code tailMap} and {@code subMap} on
 * them cost as much as a lookup.
 */
public final class ClusterState {
    /** The state before the first entry of the log. */
    public static final ClusterState EMPTY =
            new ClusterState(0, TreePMap.empty(), TaskIndex.EMPTY, ReferenceIndex.EMPTY);

    private final long version;
    private final TreePMap<Kind, TreePMap<String, Message>> tables;
    private final TaskIndex taskIndex;
    private final ReferenceIndex referenceIndex;

    private ClusterState(
            long version,
            TreePMap<Kind, TreePMap<String, Message>> tables,
            TaskIndex taskIndex,
            ReferenceIndex referenceIndex) {
        this.version = version;
        this.tables = tables;
        this.taskIndex = taskIndex;
        this.referenceIndex = referenceIndex;
    }

    /** Counts accepted change sets; objects carry the version of the change set that wrote them last. */
    public long version() {
        return version;
    }

    /** Raised each time a new cluster is forced out of an old one; 0 before there is a cluster object. */
    public long epoch() {
        return cluster().map(Cluster::getEpoch).orElse(0L);
    }

    /** What the reducers of all managers understand; 0 before there is a cluster object. */
    public int featureLevel() {
        return cluster().map(Cluster::getFeatureLevel).orElse(0);
    }

    /** The cluster itself; absent only before the first change set. */
    public Optional<Cluster> cluster() {
        var clusters = this.<Cluster>table(Kind.KIND_CLUSTER);
        return clusters.isEmpty() ? Optional.empty() : Optional.of(clusters.get(clusters.firstKey()));
    }

    public SortedMap<String, Node> nodes() {
        return table(Kind.KIND_NODE);
    }

    public Optional<Node> node(String id) {
        return Optional.ofNullable(nodes().get(id));
    }

    public SortedMap<String, Service> services() {
        return table(Kind.KIND_SERVICE);
    }

    public Optional<Service> service(String id) {
        return Optional.ofNullable(services().get(id));
    }

    /** By revision id, which begins with the service's id. */
    public SortedMap<String, ServiceRevision> revisions() {
        return table(Kind.KIND_REVISION);
    }

    public Optional<ServiceRevision> revision(String serviceId, long revision) {
        return Optional.ofNullable(revisions().get(Ids.revision(serviceId, revision)));
    }

    /** The revision that the task was made from: it stays as long as the task does. */
    public ServiceRevision revision(Task task) {
        var revision = revisions().get(Ids.revision(task));
        if (revision == null) {
            throw new IllegalStateException(
                    "task " + task.getId() + " names revision " + Ids.revision(task) + ", which is not in the state");
        }
        return revision;
    }

    /** The stored revisions of a service, by revision id (not in numeric order). */
    public SortedMap<String, ServiceRevision> revisions(String serviceId) {
        // '/' follows '.' directly.
        return this.<ServiceRevision>table(Kind.KIND_REVISION).subMap(serviceId + ".", serviceId + "/");
    }

    public SortedMap<String, Task> tasks() {
        return table(Kind.KIND_TASK);
    }

    public Optional<Task> task(String id) {
        return Optional.ofNullable(tasks().get(id));
    }

    public SortedMap<String, Network> networks() {
        return table(Kind.KIND_NETWORK);
    }

    public Optional<Network> network(String id) {
        return Optional.ofNullable(networks().get(id));
    }

    public SortedMap<String, Secret> secrets() {
        return table(Kind.KIND_SECRET);
    }

    public Optional<Secret> secret(String id) {
        return Optional.ofNullable(secrets().get(id));
    }

    public SortedMap<String, Config> configs() {
        return table(Kind.KIND_CONFIG);
    }

    public Optional<Config> config(String id) {
        return Optional.ofNullable(configs().get(id));
    }

    public SortedMap<String, Volume> volumes() {
        return table(Kind.KIND_VOLUME);
    }

    public Optional<Volume> volume(String id) {
        return Optional.ofNullable(volumes().get(id));
    }

    /** All objects of a kind. */
    public SortedMap<String, Message> objects(Kind kind) {
        return table(kind);
    }

    public Optional<Message> object(ObjectKey key) {
        return Optional.ofNullable(this.table(key.kind()).get(key.id()));
    }

    public boolean contains(ObjectKey key) {
        return table(key.kind()).containsKey(key.id());
    }

    /**
     * The id behind a name, whatever its case. Nodes, tasks and revisions have no unique names; what is pending
     * deletion has given its name up.
     */
    public Optional<String> idNamed(Kind kind, String name) {
        return Optional.ofNullable(referenceIndex.names().get(ReferenceIndex.NameKey.of(kind, name)));
    }

    public Optional<Service> serviceNamed(String name) {
        return idNamed(Kind.KIND_SERVICE, name).flatMap(this::service);
    }

    public Optional<Network> networkNamed(String name) {
        return idNamed(Kind.KIND_NETWORK, name).flatMap(this::network);
    }

    public Optional<Secret> secretNamed(String name) {
        return idNamed(Kind.KIND_SECRET, name).flatMap(this::secret);
    }

    public Optional<Config> configNamed(String name) {
        return idNamed(Kind.KIND_CONFIG, name).flatMap(this::config);
    }

    /** A service's tasks by slot, slots in order, tasks of a slot by id. */
    public SortedMap<Slot, ? extends SortedMap<String, Task>> slots(String serviceId) {
        // The service id with a zero byte behind it is the next possible id.
        return taskIndex.bySlot().entries().subMap(Slot.replica(serviceId, 0), Slot.replica(serviceId + "\0", 0));
    }

    /** All tasks of a service, ended ones too, ordered by slot, then id. */
    public List<Task> tasksByService(String serviceId) {
        var tasks = new ArrayList<Task>();
        slots(serviceId).values().forEach(slot -> tasks.addAll(slot.values()));
        return Collections.unmodifiableList(tasks);
    }

    /** The tasks of a replica, ended ones too. */
    public Collection<Task> tasksBySlot(String serviceId, long slot) {
        return tasksBySlot(Slot.replica(serviceId, slot));
    }

    public Collection<Task> tasksBySlot(Slot slot) {
        return taskIndex.bySlot().at(slot).values();
    }

    /** All tasks that name the node, ended ones too, by id. */
    public SortedMap<String, Task> tasksByNode(String nodeId) {
        return taskIndex.byNode().at(nodeId);
    }

    /** Tasks in exactly these states, by id. */
    public SortedMap<String, Task> tasksIn(TaskState desired, TaskState observed) {
        return taskIndex.byState().at(new TaskIndex.StatePair(desired, observed));
    }

    /** Tasks in this observed state whatever is desired, ordered by desired state, then id. */
    public List<Task> tasksObserved(TaskState observed) {
        var tasks = new ArrayList<Task>();
        taskIndex.byState().entries().forEach((pair, found) -> {
            if (pair.observed() == observed) {
                tasks.addAll(found.values());
            }
        });
        return Collections.unmodifiableList(tasks);
    }

    /** Tasks with this desired state whatever is observed, ordered by observed state, then id. */
    public List<Task> tasksDesired(TaskState desired) {
        var tasks = new ArrayList<Task>();
        taskIndex.byState().entries().forEach((pair, found) -> {
            if (pair.desired() == desired) {
                tasks.addAll(found.values());
            }
        });
        return Collections.unmodifiableList(tasks);
    }

    /** Tasks that have not ended and have an address in the network, by id. */
    public SortedMap<String, Task> tasksByNetwork(String networkId) {
        return taskIndex.byNetwork().at(networkId);
    }

    /** Services whose current spec names the network, secret or config, pending deletion or not, by id. */
    public SortedMap<String, Service> servicesUsing(ObjectKey key) {
        return referenceIndex.users().at(key);
    }

    /** How many tasks name the revision. */
    public int tasksOfRevision(String revisionId) {
        return taskIndex.byRevision().getOrDefault(revisionId, 0);
    }

    /** What the active tasks that are assigned to the node add up to. */
    public NodeLoad load(String nodeId) {
        return taskIndex.loads().getOrDefault(nodeId, NodeLoad.NONE);
    }

    /** The state in which one object is created, replaced, or, with null, deleted. Checks nothing. */
    ClusterState with(ObjectKey key, @Nullable Message after) {
        var table = this.<Message>table(key.kind());
        var before = table.get(key.id());
        var newTable = after == null ? table.minus(key.id()) : table.plus(key.id(), after);
        var index = taskIndex;
        if (key.kind() == Kind.KIND_TASK) {
            index = index.with((Task) before, (Task) after, table(Kind.KIND_REVISION));
        }
        return new ClusterState(
                version, tables.plus(key.kind(), newTable), index, referenceIndex.with(key, before, after));
    }

    ClusterState withVersion(long newVersion) {
        return new ClusterState(newVersion, tables, taskIndex, referenceIndex);
    }

    @SuppressWarnings("unchecked") // a table holds the messages of its kind: with() takes kind and message together
    private <T extends Message> TreePMap<String, T> table(Kind kind) {
        var table = tables.get(kind);
        return table == null ? TreePMap.empty() : (TreePMap<String, T>) (TreePMap<String, ?>) table;
    }
}
