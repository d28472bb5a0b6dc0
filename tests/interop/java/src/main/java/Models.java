// That tests/sdk_fields.txt is what the SDK's models have: its lines are our record, the SDK's class, and the class's fields.

import com.alipay.api.internal.mapping.ApiField;
import com.alipay.api.internal.mapping.ApiListField;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;

final class Models {
    // What the SDK makes itself and no gateway sends.
    private static final Set<String> OWN = Set.of("orderStr", "pageRedirectionData");

    static void check(Path listing) throws Exception {
        for (String line : Files.readAllLines(listing)) {
            String[] words = line.split(" ");
            Set<String> listed = new TreeSet<>();
            Arrays.stream(words).skip(2).forEach(word -> listed.add(word.substring(0, word.indexOf(':'))));
            Set<String> theirs = new TreeSet<>();
            for (Field field : Class.forName(packageOf(words[1]) + words[1]).getDeclaredFields()) {
                ApiListField list = field.getAnnotation(ApiListField.class);
                ApiField one = field.getAnnotation(ApiField.class);
                if (list != null || one != null) {
                    theirs.add(list != null ? list.value() : one.value());
                }
            }
            theirs.removeAll(OWN);
            if (!listed.equals(theirs)) {
                throw new IllegalStateException(words[1] + " has " + theirs + ", and " + listing.getFileName() + " lists " + listed);
            }
        }
    }

    private static String packageOf(String name) {
        return name.startsWith("Alipay") && name.endsWith("Response") ? "com.alipay.api.response." : "com.alipay.api.domain.";
    }
}
