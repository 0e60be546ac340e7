from dify_plugin import DifyPluginEnv, Plugin
