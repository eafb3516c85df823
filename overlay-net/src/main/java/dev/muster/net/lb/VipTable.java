package dev.muster.net.lb;

import static dev.muster.net.lb.SlotsText.line;

import dev.muster.net.plan.Balance;
import dev.muster.net.plan.Ipv4;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The virtual addresses of one network on one node, in its hidden namespace: new connections to a virtual address go to
 * its tasks in turn; known ones go on where they are, whatever changes. An address without tasks stays untranslated and
 * reaches the bridge itself, where nobody listens: the kernel refuses at once.
 *
 * <p>A client that is its own backend would get an answer from itself: such calls get the node's address as source.
 *
 * <p>Not thread-safe: its network's owner calls it.
 */
public final class VipTable implements AutoCloseable {
    private static final String TABLE = "ip muster";

    private final Nftables nftables;
    private @Nullable State inForce;

    /**
     * What the table says.
     *
     * @param node this node's address in the network
     * @param local addresses of this node's containers
     */
    public record State(Ipv4 node, Balance<Ipv4> vips, Set<Ipv4> local) {}

    /** @param nftables opened in the network's namespace; closed with this */
    public VipTable(Nftables nftables) {
        this.nftables = nftables;
    }

    /** Puts it into force: by its differences, or the whole table where what is in force is unknown. */
    public void apply(State next) {
        var before = inForce;
        inForce = null;
        if (before == null || !before.node.equals(next.node)) {
            nftables.run(whole(next));
        } else {
            var changes = changes(before, next);
            if (!changes.isEmpty()) {
                Transaction.run(nftables, changes, () -> whole(next));
            }
        }
        inForce = next;
    }

    static String whole(State state) {
        var text = new StringBuilder();
        line(text, "table " + TABLE);
        line(text, "delete table " + TABLE);
        text.append("""
                table %s {
                  map vips {
                    type ipv4_addr : verdict
                  }
                  set selfcalls {
                    type ipv4_addr . ipv4_addr
                  }
                  chain arriving {
                    type nat hook prerouting priority dstnat; policy accept;
                    meta l4proto { tcp, udp, sctp } ip daddr vmap @vips
                  }
                  chain leaving {
                    type nat hook postrouting priority srcnat; policy accept;
                    ip saddr . ip daddr @selfcalls snat to %s
                  }
                }
                """.formatted(TABLE, state.node));
        text.append(changes(new State(state.node, Balance.empty(), Set.of()), state));
        return text.toString();
    }

    static String changes(State before, State after) {
        var text = new StringBuilder();
        for (var address : new TreeSet<>(before.local)) {
            if (!after.local.contains(address)) {
                line(text, "delete element " + TABLE + " selfcalls { " + address + " . " + address + " }");
            }
        }
        for (var address : new TreeSet<>(after.local)) {
            if (!before.local.contains(address)) {
                line(text, "add element " + TABLE + " selfcalls { " + address + " . " + address + " }");
            }
        }
        for (var change : before.vips.changesTo(after.vips)) {
            var vip = change.key();
            var slots = new SlotsText(TABLE, "vip-" + vip.hex(), "to-" + vip.hex(), "");
            boolean was = !SlotsText.empty(change.before());
            if (change.after() != null && !change.after().backends().isEmpty()) {
                slots.follow(text, change.before(), change.after());
                if (!was) {
                    line(text, "add element " + TABLE + " vips { " + vip + " : goto vip-" + vip.hex() + " }");
                }
            } else if (was) {
                line(text, "delete element " + TABLE + " vips { " + vip + " }");
                slots.remove(text);
            }
        }
        return text.toString();
    }

    @Override
    public void close() {
        nftables.close();
    }
}
