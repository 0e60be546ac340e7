"""A plugin of nothing but the SDK's OpenAI-compatible base classes: what the differential tests compare with."""

from dify_plugin import DifyPluginEnv, Plugin

if __name__ == "__main__":
    Plugin(DifyPluginEnv()).run()
