// Maven's com.alipay.sdk:alipay-sdk-java and alipay-sdk-java-v3, Alipay's own: they verify what we signed, and sign the same
// themselves. Peer SETS ANSWERS, started in this project's folder.

import com.alipay.api.internal.util.AlipayEncrypt;
import com.alipay.api.internal.util.AlipaySignature;
import com.alipay.api.internal.util.AntCertificationUtil;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

public final class Peer {
    static JsonObject given;
    static String appCertSn;
    static String rootCertSn;

    public static void main(String[] arguments) throws Exception {
        Models.check(Path.of("../../sdk_fields.txt"));
        given = JsonParser.parseString(Files.readString(Path.of(arguments[0]))).getAsJsonObject();
        JsonObject chain = given.getAsJsonObject("chain");
        appCertSn = sn(text(chain, "app"), false);
        rootCertSn = sn(text(chain, "roots"), true);
        JsonArray sets = new JsonArray();
        for (var element : given.getAsJsonArray("sets")) {
            sets.add(set(element.getAsJsonObject()));
        }
        JsonObject certificates = new JsonObject();
        for (var element : given.getAsJsonArray("certificates")) {
            JsonObject file = element.getAsJsonObject();
            certificates.addProperty(text(file, "name"), sn(text(file, "pem"), file.get("bundle").getAsBoolean()));
        }
        JsonObject answers = new JsonObject();
        answers.add("sets", sets);
        answers.add("certificates", certificates);
        answers.add("v3", V3.exchanges());
        Files.writeString(Path.of(arguments[1]), answers.toString());
    }

    private static JsonObject set(JsonObject one) throws Exception {
        String charset = text(one, "charset");
        String mode = text(one, "mode");
        String publicKey = text(given, "publicKey");
        String alipayKey = mode.equals("certificates") ? publicKeyOf(text(given.getAsJsonObject("chain"), "alipay")) : publicKey;
        String content = text(one, "bizContent");
        boolean encrypted = mode.equals("encrypted");
        JsonObject answer = new JsonObject();
        answer.add("id", one.get("id"));
        // rsaCheckV1 and V2 take the sign out of what they are given.
        String theirs = fields(one, "request").get("biz_content");
        boolean same = content.equals(encrypted ? AlipayEncrypt.decryptContent(theirs, "AES", text(given, "encryptKey"), charset) : theirs);
        // V2 signs sign_type, as requests do; V1 does not, as notifications of payments.
        boolean verified = AlipaySignature.rsaCheckV2(fields(one, "request"), publicKey, charset, "RSA2")
                && AlipaySignature.rsaCheckV2(fields(one, "order"), publicKey, charset, "RSA2");
        answer.addProperty("request", same && verified);
        answer.addProperty("notification", AlipaySignature.rsaCheckV1(fields(one, "notification"), alipayKey, charset, "RSA2"));

        Map<String, String> fields = new TreeMap<>();
        fields.put("app_id", text(given, "appId"));
        fields.put("method", text(one, "method"));
        fields.put("charset", charset);
        fields.put("sign_type", "RSA2");
        if (mode.equals("certificates")) {
            fields.put("app_cert_sn", appCertSn);
            fields.put("alipay_root_cert_sn", rootCertSn);
        }
        if (encrypted) {
            fields.put("encrypt_type", "AES");
            content = AlipayEncrypt.encryptContent(content, "AES", text(given, "encryptKey"), charset);
        }
        fields.put("biz_content", content);
        one.getAsJsonObject("parameters").entrySet().forEach(entry -> fields.put(entry.getKey(), entry.getValue().getAsString()));
        String signed = AlipaySignature.getSignContent(fields);
        fields.put("sign", AlipaySignature.rsaSign(signed, text(given, "privateKey"), charset, "RSA2"));
        StringJoiner form = new StringJoiner("&");
        for (var field : fields.entrySet()) {
            form.add(field.getKey() + "=" + URLEncoder.encode(field.getValue(), charset));
        }
        answer.addProperty("theirs", form.toString());
        return answer;
    }

    static String text(JsonObject object, String name) {
        return object.get(name).getAsString();
    }

    private static String sn(String pem, boolean bundle) throws Exception {
        return bundle
                ? AntCertificationUtil.getRootCertSN(pem)
                : AntCertificationUtil.getCertSN(AntCertificationUtil.getCertFromContent(pem));
    }

    static String publicKeyOf(String pem) throws Exception {
        return Base64.getEncoder().encodeToString(AntCertificationUtil.getCertFromContent(pem).getPublicKey().getEncoded());
    }

    private static Map<String, String> fields(JsonObject one, String form) throws Exception {
        String charset = text(one, "charset");
        Map<String, String> fields = new TreeMap<>();
        for (String pair : text(one, form).split("&")) {
            int at = pair.indexOf('=');
            fields.put(URLDecoder.decode(pair.substring(0, at), charset), URLDecoder.decode(pair.substring(at + 1), charset));
        }
        return fields;
    }
}
