package dev.muster.manager.loop;

import dev.muster.manager.state.ObjectKey;

/** Why a loop did, or did not do, something with an object: for users. */
public record Reason(ObjectKey about, String text) {}
