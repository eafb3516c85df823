package dev.muster.manager.control;

import dev.muster.api.CreateSecretRequest;
import dev.muster.api.CreateSecretResponse;
import dev.muster.api.GetSecretRequest;
import dev.muster.api.GetSecretResponse;
import dev.muster.api.Ids;
import dev.muster.api.Kind;
import dev.muster.api.ListSecretsRequest;
import dev.muster.api.ListSecretsResponse;
import dev.muster.api.RemoveSecretRequest;
import dev.muster.api.RemoveSecretResponse;
import dev.muster.api.Secret;
import dev.muster.api.SecretSpec;
import dev.muster.api.UpdateSecretRequest;
import dev.muster.api.UpdateSecretResponse;
import dev.muster.manager.state.ObjectKey;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Secrets: written once, never shown again. */
final class Secrets {
    private static final Set<String> FILTERS = Set.of("id", "name", "names", "label");

    private final Transactions transactions;
    private final RandomGenerator random;

    Secrets(Transactions transactions, RandomGenerator random) {
        this.transactions = transactions;
        this.random = random;
    }

    CreateSecretResponse create(CreateSecretRequest request) {
        var spec = request.getSpec();
        PayloadCheck.secret(spec);
        var secret = Secret.newBuilder().setId(Ids.create(random)).setSpec(spec).build();
        var written = transactions.write("CreateSecret", Secret.class, (state, changes) -> {
            var name = spec.getAnnotations().getName();
            state.secretNamed(name).ifPresent(taken -> {
                throw ControlFailure.exists(
                        "name conflicts with an existing object: secret " + name + " already exists");
            });
            changes.create(secret);
            return secret;
        });
        return CreateSecretResponse.newBuilder().setSecret(stored(written)).build();
    }

    GetSecretResponse get(GetSecretRequest request) {
        return GetSecretResponse.newBuilder()
                .setSecret(Redaction.shown(Lookup.secret(transactions.read(), request.getId())))
                .build();
    }

    ListSecretsResponse list(ListSecretsRequest request) {
        var filters = Filters.of(request.getFiltersList(), FILTERS);
        var response = ListSecretsResponse.newBuilder();
        for (var secret : transactions.read().secrets().values()) {
            var annotations = secret.getSpec().getAnnotations();
            if (filters.prefix("id", secret.getId())
                    && filters.namePrefix("name", annotations.getName())
                    && filters.exact("names", annotations.getName())
                    && filters.labels("label", annotations.getLabelsMap())) {
                response.addSecrets(Redaction.shown(secret));
            }
        }
        return response.build();
    }

    UpdateSecretResponse update(UpdateSecretRequest request) {
        var written = transactions.write("UpdateSecret", Secret.class, (state, changes) -> {
            var secret = Lookup.secret(state, request.getId());
            if (secret.getMeta().getVersion() != request.getVersion()) {
                throw ControlFailure.outOfSequence();
            }
            requireOnlyLabels(secret.getSpec(), request.getSpec());
            var relabelled = relabelled(secret, request.getSpec());
            changes.update(relabelled);
            return relabelled;
        });
        return UpdateSecretResponse.newBuilder().setSecret(stored(written)).build();
    }

    RemoveSecretResponse remove(RemoveSecretRequest request) {
        transactions.commit("RemoveSecret", (state, changes) -> {
            var secret = Lookup.secret(state, request.getId());
            PayloadCheck.requireUnused(
                    state,
                    new ObjectKey(Kind.KIND_SECRET, secret.getId()),
                    secret.getSpec().getAnnotations().getName(),
                    Set.of());
            changes.delete(secret);
            return secret.getId();
        });
        return RemoveSecretResponse.getDefaultInstance();
    }

    /** Data that is not said is data that is not changed: nobody can read it to send it back. */
    static void requireOnlyLabels(SecretSpec stored, SecretSpec wanted) {
        if (!wanted.getAnnotations()
                        .getName()
                        .equalsIgnoreCase(stored.getAnnotations().getName())
                || (!wanted.getData().isEmpty() && !wanted.getData().equals(stored.getData()))
                || (wanted.hasDriver() && !wanted.getDriver().equals(stored.getDriver()))
                || (wanted.hasTemplating() && !wanted.getTemplating().equals(stored.getTemplating()))) {
            throw ControlFailure.invalid("only updates to Labels are allowed");
        }
    }

    static Secret relabelled(Secret secret, SecretSpec wanted) {
        var relabelled = secret.toBuilder();
        relabelled
                .getSpecBuilder()
                .getAnnotationsBuilder()
                .clearLabels()
                .putAllLabels(wanted.getAnnotations().getLabelsMap());
        return relabelled.build();
    }

    /** As it is now; as it was written, if somebody has removed it since. */
    private Secret stored(Secret written) {
        return Redaction.shown(transactions.afterwards().secret(written.getId()).orElse(written));
    }
}
