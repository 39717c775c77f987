def text(name):
    return f"hello from {name}"
