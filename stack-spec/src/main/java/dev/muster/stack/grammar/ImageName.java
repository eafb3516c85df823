package dev.muster.stack.grammar;

/** Image references as text: {@code [REGISTRY/]REPOSITORY[:TAG][@DIGEST]}. */
public final class ImageName {

    private static final String DEFAULT_REGISTRY = "docker.io";

    private ImageName() {}

    /** The reference in its short form with the tag latest, if it has neither tag nor digest. */
    public static String withTag(String image) {
        String familiar = familiar(image);
        String name = familiar.substring(familiar.lastIndexOf('/') + 1);
        return image.isEmpty() || name.contains(":") || name.contains("@") || familiar.contains("@")
                ? familiar
                : familiar + ":latest";
    }

    private static String familiar(String image) {
        if (!image.startsWith(DEFAULT_REGISTRY + "/")) {
            return image;
        }
        String rest = image.substring(DEFAULT_REGISTRY.length() + 1);
        return rest.startsWith("library/") && rest.indexOf('/', "library/".length()) < 0
                ? rest.substring("library/".length())
                : rest;
    }

    /** The registry as the name has it: what is before the first slash and looks like a host, else docker.io. */
    public static String registry(String image) {
        int slash = image.indexOf('/');
        String first = slash < 0 ? "" : image.substring(0, slash);
        boolean host = first.contains(".") || first.contains(":") || first.equals("localhost");
        return host ? first : DEFAULT_REGISTRY;
    }

    /** Without its digest, if there is a tag besides. */
    public static String withoutDigest(String image) {
        int at = image.indexOf('@');
        if (at < 0) {
            return image;
        }
        String tagged = image.substring(0, at);
        return tagged.substring(tagged.lastIndexOf('/') + 1).contains(":") ? tagged : image;
    }
}
