// RFC 2253 names as the JDK writes them: one line of base64 (the DER of a Name) in, one line out.
import java.io.*;
import java.util.Base64;
import javax.security.auth.x500.X500Principal;

public class IssuerNames {
    public static void main(String[] arguments) throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in));
        var out = new PrintStream(System.out, true, "UTF-8");
        for (String line; (line = in.readLine()) != null; ) {
            out.println(new X500Principal(Base64.getDecoder().decode(line.trim())).getName());
        }
    }
}
