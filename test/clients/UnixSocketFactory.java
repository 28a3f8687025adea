import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import javax.net.SocketFactory;

/** Sockets to a Unix socket file for pgjdbc, which knows only TCP by itself: socketFactoryArg is the file. */
public class UnixSocketFactory extends SocketFactory {
	private final String file;

	public UnixSocketFactory(String file) {
		this.file = file;
	}

	@Override
	public Socket createSocket() {
		return new UnixSocket(file);
	}

	@Override
	public Socket createSocket(String host, int port) {
		return createSocket();
	}

	@Override
	public Socket createSocket(String host, int port, InetAddress from, int fromPort) {
		return createSocket();
	}

	@Override
	public Socket createSocket(InetAddress host, int port) {
		return createSocket();
	}

	@Override
	public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort) {
		return createSocket();
	}

	/** Options of TCP are accepted and mean nothing. */
	private static class UnixSocket extends Socket {
		private final String file;
		private SocketChannel channel;

		UnixSocket(String file) {
			this.file = file;
		}

		@Override
		public void connect(SocketAddress ignored, int timeout) throws IOException {
			channel = SocketChannel.open(UnixDomainSocketAddress.of(file));
		}

		@Override
		public boolean isConnected() {
			return channel != null;
		}

		@Override
		public InputStream getInputStream() {
			return Channels.newInputStream(channel);
		}

		@Override
		public OutputStream getOutputStream() {
			return Channels.newOutputStream(channel);
		}

		@Override
		public void close() throws IOException {
			if (channel != null)
				channel.close();
		}

		@Override
		public boolean isClosed() {
			return channel != null && !channel.isOpen();
		}

		@Override
		public void setTcpNoDelay(boolean on) {
		}

		@Override
		public void setKeepAlive(boolean on) {
		}

		@Override
		public void setSoTimeout(int timeout) {
		}

		@Override
		public int getSoTimeout() {
			return 0;
		}

		@Override
		public int getSendBufferSize() {
			return 8192;
		}
	}
}
