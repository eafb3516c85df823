package dev.muster.manager.peer;

import dev.muster.api.ProposalOutcome;
import dev.muster.api.RejectionReason;
import dev.muster.manager.state.ObjectKey;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Rejection;
import java.util.Optional;

/** Results of proposals as they travel between managers, both ways without loss. Pure. */
final class ProposalMessages {
    private ProposalMessages() {}

    static ProposalOutcome outcome(ProposalResult result) {
        var outcome = ProposalOutcome.newBuilder();
        switch (result) {
            case ProposalResult.Accepted(long version) -> outcome.setAcceptedVersion(version);
            case ProposalResult.Rejected(var reasons) -> {
                var rejected = ProposalOutcome.Rejected.newBuilder();
                reasons.forEach(reason -> rejected.addReasons(reason(reason)));
                outcome.setRejected(rejected);
            }
            case ProposalResult.NotLeader(var leaderId) ->
                outcome.setNotLeader(ProposalOutcome.NotLeader.newBuilder().setLeaderId(leaderId.orElse("")));
            case ProposalResult.TooLarge(long bytes, long limit, var largest) ->
                outcome.setTooLarge(ProposalOutcome.TooLarge.newBuilder()
                        .setBytes(bytes)
                        .setLimit(limit)
                        .addAllLargestObjects(largest));
            case ProposalResult.Refused(String why) -> outcome.setRefused(why);
            case ProposalResult.Unknown(String why) -> outcome.setUnknown(why);
        }
        return outcome.build();
    }

    static ProposalResult result(ProposalOutcome outcome) {
        return switch (outcome.getOutcomeCase()) {
            case ACCEPTED_VERSION -> new ProposalResult.Accepted(outcome.getAcceptedVersion());
            case REJECTED ->
                new ProposalResult.Rejected(outcome.getRejected().getReasonsList().stream()
                        .map(ProposalMessages::rejection)
                        .toList());
            case NOT_LEADER ->
                new ProposalResult.NotLeader(
                        Optional.of(outcome.getNotLeader().getLeaderId()).filter(id -> !id.isEmpty()));
            case TOO_LARGE -> {
                var large = outcome.getTooLarge();
                yield new ProposalResult.TooLarge(large.getBytes(), large.getLimit(), large.getLargestObjectsList());
            }
            case REFUSED -> new ProposalResult.Refused(outcome.getRefused());
            case UNKNOWN -> new ProposalResult.Unknown(outcome.getUnknown());
            case OUTCOME_NOT_SET -> new ProposalResult.Unknown("the leader's answer is in words of a newer version");
        };
    }

    private static RejectionReason reason(Rejection rejection) {
        var reason = RejectionReason.newBuilder();
        switch (rejection) {
            case Rejection.VersionConflict(var key, long read, long stored) ->
                reason.setVersionConflict(RejectionReason.VersionConflict.newBuilder()
                        .setKey(name(key))
                        .setRead(read)
                        .setStored(stored));
            case Rejection.AlreadyExists(var key) -> reason.setAlreadyExists(name(key));
            case Rejection.NameTaken(var kind, String name, String byId) ->
                reason.setNameTaken(RejectionReason.NameTaken.newBuilder()
                        .setKind(kind)
                        .setName(name)
                        .setById(byId));
            case Rejection.Missing(var key) -> reason.setMissing(name(key));
            case Rejection.MissingReference(var from, var to) -> reason.setMissingReference(reference(from, to));
            case Rejection.InUse(var key, var by) -> reason.setInUse(reference(key, by));
            case Rejection.RequirementFailed(var key, String problem) ->
                reason.setRequirementFailed(rule(key, problem));
            case Rejection.StaleFence(long epoch, long term, long currentEpoch, long entryTerm) ->
                reason.setStaleFence(RejectionReason.StaleFence.newBuilder()
                        .setEpoch(epoch)
                        .setTerm(term)
                        .setCurrentEpoch(currentEpoch)
                        .setEntryTerm(entryTerm));
            case Rejection.Illegal(var key, String rule) -> reason.setIllegal(rule(key, rule));
        }
        return reason.build();
    }

    private static Rejection rejection(RejectionReason reason) {
        return switch (reason.getReasonCase()) {
            case VERSION_CONFLICT -> {
                var conflict = reason.getVersionConflict();
                yield new Rejection.VersionConflict(key(conflict.getKey()), conflict.getRead(), conflict.getStored());
            }
            case ALREADY_EXISTS -> new Rejection.AlreadyExists(key(reason.getAlreadyExists()));
            case NAME_TAKEN -> {
                var taken = reason.getNameTaken();
                yield new Rejection.NameTaken(taken.getKind(), taken.getName(), taken.getById());
            }
            case MISSING -> new Rejection.Missing(key(reason.getMissing()));
            case MISSING_REFERENCE -> {
                var reference = reason.getMissingReference();
                yield new Rejection.MissingReference(key(reference.getFrom()), key(reference.getTo()));
            }
            case IN_USE -> {
                var reference = reason.getInUse();
                yield new Rejection.InUse(key(reference.getFrom()), key(reference.getTo()));
            }
            case REQUIREMENT_FAILED -> {
                var rule = reason.getRequirementFailed();
                yield new Rejection.RequirementFailed(key(rule.getKey()), rule.getText());
            }
            case STALE_FENCE -> {
                var fence = reason.getStaleFence();
                yield new Rejection.StaleFence(
                        fence.getEpoch(), fence.getTerm(), fence.getCurrentEpoch(), fence.getEntryTerm());
            }
            case ILLEGAL -> {
                var rule = reason.getIllegal();
                yield new Rejection.Illegal(key(rule.getKey()), rule.getText());
            }
            case REASON_NOT_SET ->
                throw new IllegalArgumentException("the leader rejects for a reason that this version does not know");
        };
    }

    private static RejectionReason.ObjectName name(ObjectKey key) {
        return RejectionReason.ObjectName.newBuilder()
                .setKind(key.kind())
                .setId(key.id())
                .build();
    }

    private static ObjectKey key(RejectionReason.ObjectName name) {
        return new ObjectKey(name.getKind(), name.getId());
    }

    private static RejectionReason.Reference reference(ObjectKey from, ObjectKey to) {
        return RejectionReason.Reference.newBuilder()
                .setFrom(name(from))
                .setTo(name(to))
                .build();
    }

    private static RejectionReason.Rule rule(ObjectKey key, String text) {
        return RejectionReason.Rule.newBuilder().setKey(name(key)).setText(text).build();
    }
}
