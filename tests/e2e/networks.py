class Network: pass
