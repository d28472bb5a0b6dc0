// Maven's com.alipay.sdk:alipay-sdk-java, Alipay's own: verifies what we signed, and signs the same itself. Peer SETS ANSWERS

import com.alipay.api.internal.util.AlipaySignature;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

public final class Peer {
    public static void main(String[] arguments) throws Exception {
        JsonObject given = JsonParser.parseString(Files.readString(Path.of(arguments[0]))).getAsJsonObject();
        String privateKey = given.get("privateKey").getAsString();
        String publicKey = given.get("publicKey").getAsString();
        JsonArray answers = new JsonArray();
        for (var element : given.getAsJsonArray("sets")) {
            JsonObject one = element.getAsJsonObject();
            String charset = one.get("charset").getAsString();
            JsonObject answer = new JsonObject();
            answer.add("id", one.get("id"));
            // V2 signs sign_type, as requests do; V1 does not, as notifications of payments.
            answer.addProperty("request", AlipaySignature.rsaCheckV2(fields(one, "request"), publicKey, charset, "RSA2"));
            answer.addProperty("notification", AlipaySignature.rsaCheckV1(fields(one, "notification"), publicKey, charset, "RSA2"));

            Map<String, String> fields = new TreeMap<>();
            fields.put("app_id", given.get("appId").getAsString());
            fields.put("method", one.get("method").getAsString());
            fields.put("charset", charset);
            fields.put("sign_type", "RSA2");
            fields.put("biz_content", one.get("bizContent").getAsString());
            one.getAsJsonObject("parameters").entrySet().forEach(entry -> fields.put(entry.getKey(), entry.getValue().getAsString()));
            String content = AlipaySignature.getSignContent(fields);
            fields.put("sign", AlipaySignature.rsaSign(content, privateKey, charset, "RSA2"));
            StringJoiner form = new StringJoiner("&");
            for (var field : fields.entrySet()) {
                form.add(field.getKey() + "=" + URLEncoder.encode(field.getValue(), charset));
            }
            answer.addProperty("theirs", form.toString());
            answers.add(answer);
        }
        Files.writeString(Path.of(arguments[1]), answers.toString());
    }

    private static Map<String, String> fields(JsonObject one, String form) throws Exception {
        String charset = one.get("charset").getAsString();
        Map<String, String> fields = new TreeMap<>();
        for (String pair : one.get(form).getAsString().split("&")) {
            int at = pair.indexOf('=');
            fields.put(URLDecoder.decode(pair.substring(0, at), charset), URLDecoder.decode(pair.substring(at + 1), charset));
        }
        return fields;
    }
}
