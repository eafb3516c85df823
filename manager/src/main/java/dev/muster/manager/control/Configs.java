package dev.muster.manager.control;

import dev.muster.api.Config;
import dev.muster.api.ConfigSpec;
import dev.muster.api.CreateConfigRequest;
import dev.muster.api.CreateConfigResponse;
import dev.muster.api.GetConfigRequest;
import dev.muster.api.GetConfigResponse;
import dev.muster.api.Ids;
import dev.muster.api.Kind;
import dev.muster.api.ListConfigsRequest;
import dev.muster.api.ListConfigsResponse;
import dev.muster.api.RemoveConfigRequest;
import dev.muster.api.RemoveConfigResponse;
import dev.muster.api.UpdateConfigRequest;
import dev.muster.api.UpdateConfigResponse;
import dev.muster.manager.state.ObjectKey;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Configs: files for containers that may be read back. */
final class Configs {
    private static final Set<String> FILTERS = Set.of("id", "name", "names", "label");

    private final Transactions transactions;
    private final RandomGenerator random;

    Configs(Transactions transactions, RandomGenerator random) {
        this.transactions = transactions;
        this.random = random;
    }

    CreateConfigResponse create(CreateConfigRequest request) {
        var spec = request.getSpec();
        PayloadCheck.config(spec);
        var config = Config.newBuilder().setId(Ids.create(random)).setSpec(spec).build();
        var written = transactions.write("CreateConfig", Config.class, (state, changes) -> {
            var name = spec.getAnnotations().getName();
            state.configNamed(name).ifPresent(taken -> {
                throw ControlFailure.exists(
                        "name conflicts with an existing object: config " + name + " already exists");
            });
            changes.create(config);
            return config;
        });
        return CreateConfigResponse.newBuilder().setConfig(stored(written)).build();
    }

    GetConfigResponse get(GetConfigRequest request) {
        return GetConfigResponse.newBuilder()
                .setConfig(Lookup.config(transactions.read(), request.getId()))
                .build();
    }

    ListConfigsResponse list(ListConfigsRequest request) {
        var filters = Filters.of(request.getFiltersList(), FILTERS);
        var response = ListConfigsResponse.newBuilder();
        for (var config : transactions.read().configs().values()) {
            var annotations = config.getSpec().getAnnotations();
            if (filters.prefix("id", config.getId())
                    && filters.namePrefix("name", annotations.getName())
                    && filters.exact("names", annotations.getName())
                    && filters.labels("label", annotations.getLabelsMap())) {
                response.addConfigs(config);
            }
        }
        return response.build();
    }

    UpdateConfigResponse update(UpdateConfigRequest request) {
        var written = transactions.write("UpdateConfig", Config.class, (state, changes) -> {
            var config = Lookup.config(state, request.getId());
            if (config.getMeta().getVersion() != request.getVersion()) {
                throw ControlFailure.outOfSequence();
            }
            requireOnlyLabels(config.getSpec(), request.getSpec());
            var relabelled = relabelled(config, request.getSpec());
            changes.update(relabelled);
            return relabelled;
        });
        return UpdateConfigResponse.newBuilder().setConfig(stored(written)).build();
    }

    RemoveConfigResponse remove(RemoveConfigRequest request) {
        transactions.commit("RemoveConfig", (state, changes) -> {
            var config = Lookup.config(state, request.getId());
            PayloadCheck.requireUnused(
                    state,
                    new ObjectKey(Kind.KIND_CONFIG, config.getId()),
                    config.getSpec().getAnnotations().getName(),
                    Set.of());
            changes.delete(config);
            return config.getId();
        });
        return RemoveConfigResponse.getDefaultInstance();
    }

    /** Data that is not said is data that is not changed. */
    static void requireOnlyLabels(ConfigSpec stored, ConfigSpec wanted) {
        if (!wanted.getAnnotations()
                        .getName()
                        .equalsIgnoreCase(stored.getAnnotations().getName())
                || (!wanted.getData().isEmpty() && !wanted.getData().equals(stored.getData()))
                || (wanted.hasTemplating() && !wanted.getTemplating().equals(stored.getTemplating()))) {
            throw ControlFailure.invalid("only updates to Labels are allowed");
        }
    }

    static Config relabelled(Config config, ConfigSpec wanted) {
        var relabelled = config.toBuilder();
        relabelled
                .getSpecBuilder()
                .getAnnotationsBuilder()
                .clearLabels()
                .putAllLabels(wanted.getAnnotations().getLabelsMap());
        return relabelled.build();
    }

    /** As it is now; as it was written, if somebody has removed it since. */
    private Config stored(Config written) {
        return transactions.afterwards().config(written.getId()).orElse(written);
    }
}
