package dev.muster.manager.access;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Every call of every service, and who may make it. A call that is not here may be made by nobody. Pure. */
public final class AccessRules {
    /** Who may make a call over gRPC. */
    public enum Rule {
        /** Clients without a certificate too: joining. */
        ANYONE,
        /** Every node: each runs an agent. */
        ANY_NODE,
        /** Managers only. */
        MANAGERS,
        /** Managers, on a manager that waits for its place too: it knows no node yet. */
        MANAGERS_EARLY,
        /** Nobody: spoken on the local socket only. */
        LOCAL_ONLY
    }

    private static final Map<String, Rule> RULES = rules();

    private AccessRules() {}

    /** The rule of a call by its full name, {@code muster.v1.Control/ListNodes}; empty if there is no such call. */
    public static Optional<Rule> of(String fullMethodName) {
        return Optional.ofNullable(RULES.get(fullMethodName));
    }

    static Map<String, Rule> all() {
        return RULES;
    }

    private static Map<String, Rule> rules() {
        var rules = new HashMap<String, Rule>();
        put(rules, "NodeCa", Rule.ANYONE, "RootCertificate", "IssueCertificate");
        put(
                rules,
                "Dispatcher",
                Rule.ANY_NODE,
                "Session",
                "Heartbeat",
                "Assignments",
                "UpdateTaskStatus",
                "UpdateNodeDescription");
        put(rules, "LogBroker", Rule.ANY_NODE, "Subscriptions", "Publish");
        put(rules, "Membership", Rule.ANY_NODE, "Epoch");
        put(rules, "Membership", Rule.MANAGERS, "JoinRaft");
        put(rules, "Membership", Rule.MANAGERS_EARLY, "KeepDataKeys");
        put(rules, "Proposals", Rule.MANAGERS, "Propose", "Withdraw");
        put(rules, "Control", Rule.MANAGERS, "GetCluster", "UpdateCluster", "GetUnlockKey");
        put(rules, "Control", Rule.MANAGERS, "GetNode", "ListNodes", "UpdateNode", "RemoveNode");
        put(rules, "Control", Rule.MANAGERS, "CreateService", "GetService", "ListServices", "UpdateService");
        put(rules, "Control", Rule.MANAGERS, "RemoveService", "ServiceLogs", "GetTask", "ListTasks");
        put(rules, "Control", Rule.MANAGERS, "CreateSecret", "GetSecret", "ListSecrets", "UpdateSecret");
        put(rules, "Control", Rule.MANAGERS, "RemoveSecret", "CreateConfig", "GetConfig", "ListConfigs");
        put(rules, "Control", Rule.MANAGERS, "UpdateConfig", "RemoveConfig");
        put(rules, "Control", Rule.MANAGERS, "CreateNetwork", "GetNetwork", "ListNetworks", "RemoveNetwork");
        put(rules, "Control", Rule.MANAGERS, "ApplyStack", "RemoveStack");
        put(rules, "NodeControl", Rule.LOCAL_ONLY, "Init", "Join", "Leave", "Unlock", "NodeInfo", "Version");
        put(rules, "NodeControl", Rule.LOCAL_ONLY, "Backup", "Restore");
        return Map.copyOf(rules);
    }

    private static void put(Map<String, Rule> rules, String service, Rule rule, String... methods) {
        for (var method : methods) {
            rules.put("muster.v1." + service + "/" + method, rule);
        }
    }
}
