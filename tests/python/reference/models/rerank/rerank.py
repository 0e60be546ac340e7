from dify_plugin import OAICompatRerankModel


class Rerank(OAICompatRerankModel):
    pass
